import { createHash } from "node:crypto";
import { chmod, open, rename, rm } from "node:fs/promises";
import type { RevocationStore } from "../vending/ports.ts";
import { createRevocationFile } from "./revocation-file.ts";

/**
 * The file of the revocations for the command that writes it. A file beside it, which becomes the next one, keeps other writers out.
 *
 * @throws (the promises) TableUnreachable for a file that cannot be read, or that others may write; Error for one that cannot be written
 * @example await createRevocationFileStore("/etc/keyvend/vending.revocations.json").replace(undefined, text)
 */
export function createRevocationFileStore(path: string): RevocationStore {
  const file = createRevocationFile(path);
  const next = `${path}.new`;

  async function read() {
    const text = await file.revocations();
    return text === undefined ? undefined : { text, version: versionOf(text) };
  }

  return {
    read,
    async replace(version, text) {
      const writing = await open(next, "wx", 0o644).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        throw new Error(`${next} is there: another run writes it now, or one has died. Then delete it.`);
      });
      try {
        if ((await read())?.version !== version) return false;
        await writing.writeFile(text);
        await writing.sync();
        // The server may be another user than the operator, whatever that one's umask is.
        await chmod(next, 0o644);
        await rename(next, path);
        return true;
      } finally {
        await writing.close();
        await rm(next, { force: true });
      }
    },
  };
}

/** Another text is another version: forty-eight bits of its SHA-256. */
function versionOf(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6);
}
