import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { UsageError } from "./command-line.ts";

/**
 * Writes a token into a file whose place the user has chosen. A new file is for its user alone. One that is there keeps its
 * owner and its mode, so that its user can give it to the group under which a container runs.
 *
 * @returns how to take the token away: a file that was there stays, empty, since a container may have mounted it
 * @throws UsageError for a file that everybody can open, a link, what is no file, and what cannot be written
 */
export function writeTokenFile(path: string, token: string): () => void {
  const wasThere = existsSync(path);
  const write = (text: string) => {
    const file = openFile(path);
    try {
      const about = fstatSync(file);
      if (!about.isFile()) throw unfit(path, "is no file");
      if (process.platform !== "win32" && (about.mode & 0o007) !== 0)
        throw unfit(path, "can be opened by every user. Run: chmod o= FILE");
      ftruncateSync(file);
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
  };
  write(token);
  return () => (wasThere ? write("") : rmSync(path, { force: true }));
}

function openFile(path: string): number {
  // No link, that nobody leads the token elsewhere; no wait for the reader of a pipe.
  const { O_WRONLY, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    throw unfit(path, `cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

const unfit = (path: string, why: string) => new UsageError(`names ${path}, which ${why}.`, "token-out");
