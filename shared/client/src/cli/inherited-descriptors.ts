import { constants, fstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A descriptor as Linux shows it. */
export interface OpenDescriptor {
  number: number;
  /** What it leads to: a path, or a kind and a number such as `pipe:[4711]`. */
  target: string;
  /** The flags of `open`. */
  flags: number;
  /** Since when, at the latest, what it leads to is there. In milliseconds. */
  time: number;
}

/**
 * The descriptors above standard error that this process was started with, as a shell's `3<file` or a job server of make
 * leaves them. Node marks them as its own, so that no child has them unless they are named. To be called before this
 * process opens anything by itself.
 *
 * Where there is no `/proc` (macOS), only files and devices count: nothing tells a pipe of the caller from one of Node.
 */
export function inheritedDescriptors(): number[] {
  try {
    return inherited(openOnLinux());
  } catch {
    return process.platform === "win32" ? [] : filesAndDevices();
  }
}

/**
 * Leaves out what Node 20 and 24 open for themselves at their start: for each event loop its queues, one eventfd and a pipe
 * to itself that does not block, and once for all loops a pipe that does. Both ends of these pipes are here and alike. So
 * they are of a pipe that the caller hands on whole, but that one is older.
 */
export function inherited(all: readonly OpenDescriptor[]): number[] {
  const above = all.filter(({ number }) => number > 2);
  const marked = above.filter(({ flags }) => (flags & closeOnExec) !== 0);
  const queues = marked.filter(({ target }) => queuesOfNode.includes(target));
  const loops = queues.filter(({ target }) => target === eventfd).length;
  const readers = marked.filter((one) => isReaderOfWholePipe(one, above)).sort(byAge);
  const pipes = [
    ...readers.filter(blocks).slice(0, 1),
    ...readers.filter((one) => !blocks(one)).slice(0, loops),
  ].map(({ target }) => target);
  return above
    .filter((one) => !queues.includes(one) && !pipes.includes(one.target))
    .map(({ number }) => number);
}

/** `fs.constants` has no name for it. Node sets it on all that it opens. */
const closeOnExec = 0o2000000;
const eventfd = "anon_inode:[eventfd]";
const queuesOfNode = ["anon_inode:[eventpoll]", "anon_inode:[io_uring]", eventfd];

/** Whether the writing end is here as well, and is alike. The two ends of make's job server are not. */
function isReaderOfWholePipe(one: OpenDescriptor, all: readonly OpenDescriptor[]): boolean {
  const ends = all.filter(({ target }) => target === one.target);
  const isWriter = (other: OpenDescriptor) =>
    accessOf(other) === constants.O_WRONLY && blocks(other) === blocks(one);
  return (
    one.target.startsWith("pipe:") &&
    accessOf(one) === constants.O_RDONLY &&
    ends.length === 2 &&
    ends.some(isWriter)
  );
}

const accessOf = ({ flags }: OpenDescriptor) => flags & (constants.O_WRONLY | constants.O_RDWR);
const blocks = ({ flags }: OpenDescriptor) => (flags & constants.O_NONBLOCK) === 0;
/** The youngest first. Clocks of files are coarse; among equals the far number is more likely to be the younger. */
const byAge = (one: OpenDescriptor, other: OpenDescriptor) =>
  other.time - one.time || other.number - one.number;

function openOnLinux(): OpenDescriptor[] {
  return numbersIn("/proc/self/fd").flatMap((number) => {
    try {
      const [, flags = "0"] =
        /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, "utf8")) ?? [];
      // A use of the pipe changes one of them: reading the first, writing the second.
      const { atimeMs, mtimeMs } = fstatSync(number);
      const target = readlinkSync(`/proc/self/fd/${number}`);
      return [{ number, target, flags: Number.parseInt(flags, 8), time: Math.min(atimeMs, mtimeMs) }];
    } catch {
      // The one by which the folder was read is closed again.
      return [];
    }
  });
}

function filesAndDevices(): number[] {
  return numbersIn("/dev/fd").filter((number) => {
    try {
      const about = fstatSync(number);
      return number > 2 && (about.isFile() || about.isCharacterDevice());
    } catch {
      return false;
    }
  });
}

const numbersIn = (folder: string) =>
  readdirSync(folder)
    .map(Number)
    .sort((one, other) => one - other);
