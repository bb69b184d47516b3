import { expect, test } from "vitest";
import { inherited, type OpenDescriptor } from "../../../shared/client/src/cli/inherited-descriptors.ts";

/** Lines as `/proc/self/fd` and `fdinfo` show them: number, target, octal flags; and the time of `fstat`. */
const descriptors = (lines: string): OpenDescriptor[] =>
  lines
    .trim()
    .split("\n")
    .map((line) => line.trim().split(" "))
    .map(([number, target = "", flags = "", time]) => ({
      ...{ number: Number(number), target, time: Number(time) },
      flags: Number.parseInt(flags, 8),
    }));

/** What Node 24 opens by itself where 5 to 14 are taken. Node 20 opens the same without `io_uring`. */
const ofNode = `
  0 /dev/pts/0 0100002 0
  1 pipe:[2607860] 02004001 40
  2 /dev/pts/0 0100002 0
  3 anon_inode:[eventpoll] 02000002 0
  4 anon_inode:[io_uring] 02000002 0
  15 pipe:[2607862] 02000000 100
  16 pipe:[2607862] 02000001 100
  17 pipe:[2607863] 02004000 100
  18 pipe:[2607863] 02004001 100
  19 anon_inode:[eventfd] 02004002 0
  20 anon_inode:[eventpoll] 02000002 0
  21 anon_inode:[io_uring] 02000002 0
  22 pipe:[2607850] 02004000 104
  23 pipe:[2607850] 02004001 104
  24 anon_inode:[eventfd] 02004002 0
`;

test("none of Node's own counts as inherited", () => {
  expect(inherited(descriptors(ofNode))).toEqual([]);
});

test.each([
  ["a file", "5 /etc/hostname 02100000 0", [5]],
  ["the null device for reading", "5 /dev/null 02100000 0", [5]],
  ["the null device for writing", "5 /dev/null 02100001 0", [5]],
  ["a socket", "5 socket:[2607870] 02000002 0", [5]],
  ["a named pipe, both ways", "5 /tmp/pipe 02000002 50", [5]],
  ["a file descriptor of a process", "5 anon_inode:[pidfd] 02000002 0", [5]],
  ["one end of a pipe", "5 pipe:[2607871] 02000000 50", [5]],
  ["the same end twice", "5 pipe:[2607871] 02000000 50\n6 pipe:[2607871] 02000000 50", [5, 6]],
  ["make's job server", "5 pipe:[2607872] 02004000 50\n6 pipe:[2607872] 02000001 50", [5, 6]],
  ["a pipe, both ends", "5 pipe:[2607873] 02000000 50\n6 pipe:[2607873] 02000001 50", [5, 6]],
  ["a pipe, both ends, which do not block", "5 pipe:[9] 02004000 50\n6 pipe:[9] 02004001 50", [5, 6]],
  ["a pipe of the same moment", "5 pipe:[2607873] 02000000 100\n6 pipe:[2607873] 02000001 100", [5, 6]],
  ["the other end of standard output", "5 pipe:[2607860] 02004000 40", [5]],
  ["a far number, which Node does not mark", "251 pipe:[2607803] 01 50", [251]],
  ["far numbers of one pipe", "250 pipe:[2607803] 00 200\n251 pipe:[2607803] 01 200", [250, 251]],
])("%s does", (_, lines, expected) => {
  expect(inherited(descriptors(ofNode + lines))).toEqual(expected);
});
