import { randomUUID } from "node:crypto";
import { lstatSync, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Arguments, type CommandIo, UsageError } from "./command-line.ts";
import { refuseSecretsOnTerminal } from "./output.ts";

/**
 * Where a command writes: the file of `--output`, else its output. To be called before secrets are asked for.
 *
 * @throws UsageError where a terminal would show secrets, or the file cannot be written
 */
export function openOutput(
  args: Arguments,
  io: CommandIo,
  { isSecret }: { isSecret: boolean },
): (text: string) => void {
  const path = args.text("output");
  if (path === "-")
    throw new UsageError(
      "names a file. Leave it out to write to the output, or name the file ./-.",
      "output",
    );
  if (path !== undefined) return privateFile(path);
  if (isSecret) refuseSecretsOnTerminal(args, io);
  return io.out;
}

/**
 * Prepares a file that only its user can read. A reader of it sees all of the new text or all of the old one.
 *
 * @returns what writes the file
 * @throws UsageError for a link, for what is no file, and for a folder in which another user could put a file in its place
 */
function privateFile(path: string): (text: string) => void {
  const target = attempt(path, () => {
    const folder = realpathSync(dirname(resolve(path)));
    if (!isOwn(statSync(folder)))
      throw new UsageError(
        `Other users can replace files in the folder of ${path}. Choose a folder of your own, which only you can write to.`,
      );
    const file = resolve(path).replace(/^.*[\\/]/, "");
    const before = lstatSync(join(folder, file), { throwIfNoEntry: false });
    if (before?.isSymbolicLink()) throw new UsageError(`${path} is a link. Name the file itself.`);
    if (before && !before.isFile()) throw new UsageError(`${path} is not a file.`);
    return join(folder, file);
  });
  return (text) =>
    attempt(path, () => {
      const unfinished = `${target}.${randomUUID()}.new`;
      try {
        writeFileSync(unfinished, text, { mode: 0o600, flag: "wx" });
        renameSync(unfinished, target);
      } finally {
        rmSync(unfinished, { force: true });
      }
    });
}

/**
 * A folder's owner can replace all that is in it. So can all that may write to it, but for a sticky one such as /tmp, where
 * each replaces only what is theirs. Windows has no modes for folders.
 */
function isOwn({ mode, uid }: Stats): boolean {
  if (process.getuid === undefined) return true;
  const isSticky = (mode & 0o1000) !== 0;
  return [0, process.getuid()].includes(uid) && (isSticky || (mode & 0o022) === 0);
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
}
