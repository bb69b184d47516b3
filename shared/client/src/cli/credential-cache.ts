import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { sha256 } from "@noble/hashes/sha2.js";
import type { FormatSource } from "../../../formats/format.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { UsageError } from "./command-line.ts";
import { identityParts } from "./identity.ts";
import type { Settings } from "./settings.ts";

/** What the cache holds of one answer. */
export interface CacheEntry {
  credentials: Pick<FormatSource, "AccessKeyId" | "SecretAccessKey" | "Token" | "Expiration">;
  /** Epoch milliseconds. */
  storedAt: number;
}

/** Where an answer is, or would be. */
export interface CachePlace {
  folder: string;
  key: string;
}

/** The same limit as the service's own: SDKs that get less ask at every access. */
const leastServedMs = 15 * 60_000;
/** Credentials that have less than this would expire while they are in use. */
const leastUsableMs = 60_000;

/**
 * The cache's folder: `KEYVEND_CACHE_DIR`, or `keyvend` in the user's own cache folder.
 *
 * @returns undefined where the user has none. A relative path in another program's variable counts for nothing: it would
 * mean another folder in each folder in which a program starts, and XDG's rules say so too
 * @throws UsageError for a relative path in keyvend's own variable
 */
export function cacheFolder(env: Environment): string | undefined {
  const { KEYVEND_CACHE_DIR: set } = env;
  if (set && !isAbsolute(set))
    throw new UsageError(
      `KEYVEND_CACHE_DIR is ${set}. It must be an absolute path, or credentials would lie in any folder that you work in.`,
    );
  const own = [env["XDG_CACHE_HOME"], env["LOCALAPPDATA"], join(homedir(), ".cache")];
  const folder = own.find((path) => path !== undefined && isAbsolute(path));
  return set || (folder && join(folder, "keyvend"));
}

/**
 * The name of an answer in the cache: a hash of everything that decides it, the identity included.
 *
 * @returns undefined where there is no identity, so that nothing is answered from the cache
 */
export function cacheKey(settings: Settings, env: Environment): string | undefined {
  const { url, storage, target, permission, durationSeconds } = settings;
  const parts = identityParts(settings, env);
  // The number is that of the entries' shape.
  const decisive = [2, url, storage, target, permission, durationSeconds, parts];
  // Not by node:crypto, which takes longer to load than all the rest of an answer from the cache.
  return parts && Buffer.from(sha256(Buffer.from(JSON.stringify(decisive)))).toString("hex");
}

/**
 * May the entry be served without a question to the service? Yes, while more than 15 minutes are left; and if the
 * service itself had no more to give, while half of that is left. Not before it was stored: then the clock was set
 * back.
 */
export function isFresh({ credentials, storedAt }: CacheEntry, now: number): boolean {
  const expiration = Date.parse(credentials.Expiration);
  const life = expiration - storedAt;
  const least = life > leastServedMs ? leastServedMs : life / 2;
  return now >= storedAt && expiration - now > least;
}

/** May the entry be served when the service gives no better? */
export function isUsable({ credentials, storedAt }: CacheEntry, now: number): boolean {
  return now >= storedAt && Date.parse(credentials.Expiration) - now >= leastUsableMs;
}

/**
 * Makes the folder if it is not there.
 *
 * @returns false where other users could read what is in it, or write something there
 */
export function ensurePrivateFolder(folder: string): boolean {
  try {
    makeFolder(folder);
    return isPrivateFolder(folder);
  } catch {
    return false;
  }
}

/** Makes a folder and those above it. Not by Node's `recursive`: that turns forever where a folder cannot be, as in /proc. */
function makeFolder(folder: string): void {
  const make = () => mkdirSync(folder, 0o700);
  try {
    make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    make();
  }
}

/** @returns undefined for an entry that is not there, not whole, or not the user's alone */
export function readEntry(place: CachePlace): CacheEntry | undefined {
  let file: number | undefined;
  try {
    if (!isPrivateFolder(place.folder)) return undefined;
    file = openSync(pathOf(place), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const entry: unknown = isPrivate(fstatSync(file)) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Writes an entry so that a reader sees all of it or nothing, and removes the entries that have expired. A file's time
 * of change is when its credentials expire, so that no file must be read for that.
 */
export function writeEntry(place: CachePlace, entry: CacheEntry): void {
  const { folder } = place;
  const unfinished = join(folder, `${randomUUID()}.new`);
  try {
    writeFileSync(unfinished, JSON.stringify(entry), { mode: 0o600, flag: "wx" });
    const expiration = new Date(entry.credentials.Expiration);
    utimesSync(unfinished, expiration, expiration);
    renameSync(unfinished, pathOf(place));
  } finally {
    rmSync(unfinished, { force: true });
  }
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
    const path = join(folder, name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < Date.now()) rmSync(path, { force: true });
  }
}

export function removeEntry(place: CachePlace): void {
  rmSync(pathOf(place), { force: true });
}

const pathOf = ({ folder, key }: CachePlace) => join(folder, `${key}.json`);

function isPrivateFolder(folder: string): boolean {
  const { mode, uid } = lstatSync(folder);
  return (mode & constants.S_IFMT) === constants.S_IFDIR && isPrivate({ mode, uid });
}

/** Windows has neither users nor modes for files. There, the user's own folder is closed to other users. */
function isPrivate({ mode, uid }: { mode: number; uid: number }): boolean {
  return process.getuid === undefined || ((mode & 0o077) === 0 && uid === process.getuid());
}

function isEntry(value: unknown): value is CacheEntry {
  const { credentials, storedAt } = Object(value);
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = Object(credentials);
  const isKey = (text: unknown) => typeof text === "string" && /^[!-~]+$/.test(text);
  return (
    [AccessKeyId, SecretAccessKey, Expiration].every(isKey) &&
    (Token === "" || isKey(Token)) &&
    [Date.parse(Expiration), storedAt].every(Number.isFinite)
  );
}
