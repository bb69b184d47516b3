import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../identity-sources/environment.ts";

/** What is kept of an answer; times in epoch milliseconds. */
export interface KeptCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration: number;
  storedAt: number;
}

/** As the service has it: SDKs that are given less refetch at every access. */
const leastServedMs = 15 * 60_000;
/** With less than this, credentials would expire under the caller's hands. */
const leastUsableMs = 60_000;

/** The cache's folder: `KEYVEND_CACHE_DIR`, or `keyvend` in the user's own cache folder. */
export function cacheFolder(env: Environment): string {
  const own = env["XDG_CACHE_HOME"] ?? env["LOCALAPPDATA"] ?? join(homedir(), ".cache");
  return env["KEYVEND_CACHE_DIR"] || join(own, "keyvend");
}

export const entryPath = (folder: string, key: string): string => join(folder, `${key}.json`);

/**
 * May this be answered without asking? While more than 15 minutes are left; where the service itself had no more to
 * give, while half of what it came with is left. Never before it was stored: then the clock is not what it was.
 */
export function isFresh({ storedAt, expiration }: KeptCredentials, now: number): boolean {
  const cameWith = expiration - storedAt;
  const least = cameWith > leastServedMs ? leastServedMs : cameWith / 2;
  return now >= storedAt && expiration - now > least;
}

/** May it be answered when the service gives no better? */
export function isUsable({ storedAt, expiration }: KeptCredentials, now: number): boolean {
  return now >= storedAt && expiration - now >= leastUsableMs;
}

/**
 * The folder, made if need be, if it is the user's alone.
 *
 * @returns false where others could read what is kept there, or put something there
 */
export function ownFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = lstatSync(folder);
    return (mode & constants.S_IFMT) === constants.S_IFDIR && isPrivate({ mode, uid });
  } catch {
    return false;
  }
}

/** What is kept under a key; nothing where it is not whole, or not the user's alone. */
export function readKept(folder: string, key: string): KeptCredentials | undefined {
  let file: number | undefined;
  try {
    file = openSync(entryPath(folder, key), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const kept: unknown = isPrivate(fstatSync(file)) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
    return isKept(kept) ? kept : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Windows has neither: there, the user's profile is closed to others. */
function isPrivate({ mode, uid }: { mode: number; uid: number }): boolean {
  return process.getuid === undefined || ((mode & 0o077) === 0 && uid === process.getuid());
}

function isKept(value: unknown): value is KeptCredentials {
  const { accessKeyId, secretAccessKey, sessionToken = "-", expiration, storedAt } = Object(value);
  const isText = (text: unknown) => typeof text === "string" && /^[!-~]+$/.test(text);
  return (
    [accessKeyId, secretAccessKey, sessionToken].every(isText) &&
    [expiration, storedAt].every(Number.isFinite)
  );
}
