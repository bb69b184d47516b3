import { readFile, stat } from "node:fs/promises";
import { type RevocationTable, TableUnreachable } from "../vending/ports.ts";

/**
 * What operators have revoked, in a file beside the configuration: for a server that keeps its table in memory. The record is the one
 * that the table has. Where there is no file, nothing was ever revoked; one that others may write says nothing.
 *
 * @example await createRevocationFile("/etc/keyvend/vending.revocations.json").revocations()
 */
export function createRevocationFile(path: string | undefined): RevocationTable {
  return {
    async revocations() {
      if (path === undefined) return undefined;
      try {
        const { mode } = await stat(path);
        if ((mode & 0o022) !== 0) throw new TableUnreachable(`${path}: others may write it: chmod 0644`);
        return await readFile(path, "utf8");
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === "ENOENT") return undefined;
        throw error instanceof TableUnreachable ? error : new TableUnreachable(`${path}: ${code ?? message}`);
      }
    },
  };
}
