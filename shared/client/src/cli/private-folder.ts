import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./command-line.ts";

/** A folder for the files of this process. Only its user can read them. */
export interface PrivateFolder {
  /** Writes a new file there and gives its path. */
  write(name: string, content: string): string;
  remove(): void;
}

/**
 * Creates the folder under the system's folder for temporary files.
 *
 * @throws UsageError where that takes no folder or, at `write`, no file
 */
export function createPrivateFolder(): PrivateFolder {
  const temporary = tmpdir();
  const folder = orSay(temporary, () => mkdtempSync(join(temporary, "keyvend-")));
  return {
    write(name, content) {
      const path = join(folder, name);
      orSay(folder, () => writeFileSync(path, content, { mode: 0o600, flag: "wx" }));
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function orSay<Made>(folder: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `Nothing can be written in ${folder} (${code}). Set TMPDIR to a folder in which you can write.`,
    );
  }
}
