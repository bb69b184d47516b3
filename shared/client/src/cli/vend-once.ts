import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTransient } from "../attempts.ts";
import { VendingError } from "../vending-error.ts";
import type { CommandIo } from "./command-line.ts";
import {
  type CacheEntry,
  type CachePlace,
  ensurePrivateFolder,
  isFresh,
  isUsable,
  readEntry,
  removeEntry,
  writeEntry,
} from "./credential-cache.ts";
import { vend } from "./service.ts";
import type { Settings } from "./settings.ts";

/** Longer than a holder of the lock can take: attempts at the service end after 20 s. */
const staleMs = 30_000;
const pauseMs = 50;

/**
 * Asks the service, one process for all that want the same, and writes the answer to the cache. When the service is
 * down, the entry in the cache is good until it expires; when the service refuses, it is removed.
 *
 * @param place where the answer goes; nothing is written if it is absent, or not the user's alone
 * @throws VendingError (rejects)
 */
export async function vendOnce(
  settings: Settings,
  io: CommandIo,
  place: CachePlace | undefined,
): Promise<CacheEntry> {
  if (!place || !ensurePrivateFolder(place.folder)) return vendEntry(settings, io);
  const freshEntry = () => {
    const entry = readEntry(place);
    return entry && isFresh(entry, Date.now()) ? entry : undefined;
  };
  return underLock(join(place.folder, `${place.key}.lock`), freshEntry, async () => {
    try {
      return await vendAndWrite(settings, io, place);
    } catch (error) {
      const entry = readEntry(place);
      const isDown = error instanceof VendingError && isTransient(error);
      if (isDown && entry && isUsable(entry, Date.now())) {
        io.err(`keyvend: ${error.code}; credentials from the cache, until they expire.\n`);
        return entry;
      }
      if (!isDown) removeEntry(place);
      throw error;
    }
  });
}

async function vendAndWrite(settings: Settings, io: CommandIo, place: CachePlace): Promise<CacheEntry> {
  const entry = await vendEntry(settings, io);
  try {
    writeEntry(place, entry);
  } catch (error) {
    io.err(`keyvend: nothing written to ${place.folder} (${(error as NodeJS.ErrnoException).code}).\n`);
  }
  return entry;
}

async function vendEntry(settings: Settings, io: CommandIo): Promise<CacheEntry> {
  const { source } = await vend(settings, io.env);
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = source;
  return { credentials: { AccessKeyId, SecretAccessKey, Token, Expiration }, storedAt: Date.now() };
}

/**
 * Does `work` while no other process does it under the same lock, so that one of them asks and the others find its
 * answer: `answer` is looked at before `work`, and again after each wait. The lock saves requests and guards no data:
 * after `staleMs`, or when two processes overtake a dead holder at once, more than one may work.
 *
 * @example await underLock("/cache/key.lock", () => readEntry(place), ask)
 */
export async function underLock<Answer>(
  path: string,
  answer: () => Answer | undefined,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const giveUpAt = performance.now() + staleMs;
  while (!takeLock(path)) {
    const early = answer();
    if (early !== undefined) return early;
    if (isAbandoned(path) || performance.now() > giveUpAt) rmSync(path, { force: true });
    else await sleep(pauseMs);
  }
  try {
    return answer() ?? (await work());
  } finally {
    if (holderOf(path) === process.pid) rmSync(path, { force: true });
  }
}

function takeLock(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    // Where no lock can be written at all, nothing is worth a wait.
    return (error as NodeJS.ErrnoException).code !== "EEXIST";
  }
}

function isAbandoned(path: string): boolean {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (age > staleMs) return true;
  const pid = holderOf(path);
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Undefined while the lock is being written, and once it is gone. */
function holderOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
