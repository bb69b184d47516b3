import { constants, fstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A descriptor as Linux shows it. */
export interface OpenDescriptor {
  number: number;
  /** What it leads to: a path, or a kind and a number such as `pipe:[4711]`. */
  target: string;
  /** The flags of `open`. */
  flags: number;
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
 * Leaves out what Node opens for itself at its start: event queues, the null device for reading, and pipes to itself, of
 * which both ends are here and alike. The two ends of make's job server are here as well, and one of them does not block.
 */
export function inherited(all: readonly OpenDescriptor[]): number[] {
  const above = all.filter(({ number }) => number > 2);
  const isTwin = (one: OpenDescriptor, other: OpenDescriptor) =>
    one.target === other.target &&
    accessOf(one) !== accessOf(other) &&
    (one.flags & constants.O_NONBLOCK) === (other.flags & constants.O_NONBLOCK);
  const isOfNode = (one: OpenDescriptor) =>
    one.target.startsWith("anon_inode:") ||
    (one.target === "/dev/null" && accessOf(one) === constants.O_RDONLY) ||
    (one.target.startsWith("pipe:") && above.some((other) => isTwin(one, other)));
  return above.filter((one) => !isOfNode(one)).map(({ number }) => number);
}

const accessOf = ({ flags }: OpenDescriptor) => flags & (constants.O_WRONLY | constants.O_RDWR);

function openOnLinux(): OpenDescriptor[] {
  return numbersIn("/proc/self/fd").flatMap((number) => {
    try {
      const [, flags = "0"] =
        /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, "utf8")) ?? [];
      return [{ number, target: readlinkSync(`/proc/self/fd/${number}`), flags: Number.parseInt(flags, 8) }];
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
