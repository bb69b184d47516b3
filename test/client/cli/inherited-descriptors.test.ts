import { expect, test } from "vitest";
import { inherited, type OpenDescriptor } from "../../../shared/client/src/cli/inherited-descriptors.ts";

/** Lines as `/proc/self/fd` and `fdinfo` show them: number, target, octal flags. */
const descriptors = (lines: string): OpenDescriptor[] =>
  lines
    .trim()
    .split("\n")
    .map((line) => line.trim().split(" "))
    .map(([number, target = "", flags = ""]) => ({
      ...{ number: Number(number), target },
      flags: Number.parseInt(flags, 8),
    }));

/** What Node 20 and 24 open by themselves. */
const ofNode = `
  0 /dev/pts/0 0100002
  1 pipe:[2607860] 02004001
  2 /dev/pts/0 0100002
  3 anon_inode:[eventpoll] 02000002
  4 anon_inode:[io_uring] 02000002
  15 pipe:[2607862] 02000000
  16 pipe:[2607862] 02000001
  17 pipe:[2607863] 02004000
  18 pipe:[2607863] 02004001
  19 anon_inode:[eventfd] 02004002
  20 /dev/null 02100000
`;

test("none of Node's own counts as inherited", () => {
  expect(inherited(descriptors(ofNode))).toEqual([]);
});

test.each([
  ["a file", "5 /etc/hostname 02100000", [5]],
  ["the null device for writing", "5 /dev/null 02100001", [5]],
  ["a socket", "5 socket:[2607870] 02000002", [5]],
  ["a named pipe, both ways", "5 /tmp/pipe 02000002", [5]],
  ["one end of a pipe", "5 pipe:[2607871] 02000000", [5]],
  ["the same end twice", "5 pipe:[2607871] 02000000\n6 pipe:[2607871] 02000000", [5, 6]],
  ["make's job server", "5 pipe:[2607872] 02004000\n6 pipe:[2607872] 02000001", [5, 6]],
  ["the other end of standard output", "5 pipe:[2607860] 02004000", [5]],
  ["a far number, which Node does not mark", "251 pipe:[2607803] 01", [251]],
])("%s does", (_, lines, expected) => {
  expect(inherited(descriptors(ofNode + lines))).toEqual(expected);
});
