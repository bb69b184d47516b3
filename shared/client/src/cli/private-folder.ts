import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for this process's files, its user's alone. */
export interface PrivateFolder {
  /** Writes a file there and gives its path. */
  write(name: string, content: string): string;
  remove(): void;
}

export function privateFolder(): PrivateFolder {
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
