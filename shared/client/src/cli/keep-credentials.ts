import { randomUUID } from "node:crypto";
import { readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entryPath, type KeptCredentials } from "./credential-cache.ts";

/**
 * Writes an entry so that a reader sees all of it or nothing, and removes what has expired. A file's time of change is
 * when its credentials expire, so that they need not be read for that.
 */
export function keep(folder: string, key: string, credentials: KeptCredentials): void {
  const unfinished = join(folder, `${randomUUID()}.new`);
  try {
    writeFileSync(unfinished, JSON.stringify(credentials), { mode: 0o600, flag: "wx" });
    const expires = new Date(credentials.expiration);
    utimesSync(unfinished, expires, expires);
    renameSync(unfinished, entryPath(folder, key));
  } finally {
    rmSync(unfinished, { force: true });
  }
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
    const path = join(folder, name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < Date.now()) rmSync(path, { force: true });
  }
}

/** What the service no longer allows is not kept on. */
export function forget(folder: string, key: string): void {
  rmSync(entryPath(folder, key), { force: true });
}
