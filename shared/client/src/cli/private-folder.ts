import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for the files of this process. Only its user can read them. */
export interface PrivateFolder {
  /** Writes a new file there and gives its path. */
  write(name: string, content: string): string;
  remove(): void;
}

/** Creates the folder under the system's folder for temporary files. */
export function createPrivateFolder(): PrivateFolder {
  const folder = mkdtempSync(join(tmpdir(), "keyvend-"));
  return {
    write(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content, { mode: 0o600, flag: "wx" });
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
