import { processOutput } from "../../../formats/process.ts";
import {
  type Arguments,
  askFlags,
  type CommandIo,
  checkWords,
  type Grammar,
  readArguments,
} from "./command-line.ts";
import {
  type CacheEntry,
  type CachePlace,
  cacheFolder,
  cacheKey,
  isFresh,
  readEntry,
} from "./credential-cache.ts";
import { refuseSecretsOnTerminal } from "./output.ts";
import { readSettings, type Settings } from "./settings.ts";

/** What `credential-process` takes. */
export const credentialProcessGrammar: Grammar = { flags: [...askFlags, "no-cache", "show-secrets"] };

interface CacheLookup {
  settings: Settings;
  /** Absent where nothing may be read or written. */
  place: CachePlace | undefined;
  /** Absent unless it is fresh. */
  entry: CacheEntry | undefined;
}

/**
 * Looks for the answer to a question in the cache.
 *
 * @throws UsageError
 */
export function lookUp(args: Arguments, io: CommandIo): CacheLookup {
  refuseSecretsOnTerminal(args, io);
  const settings = readSettings(args);
  const folder = args.has("no-cache") ? undefined : cacheFolder(io.env);
  const key = folder && cacheKey(settings, io.env);
  const place = folder && key ? { folder, key } : undefined;
  const entry = place && readEntry(place);
  return { settings, place, entry: entry && isFresh(entry, Date.now()) ? entry : undefined };
}

/** The line that `credential-process` writes, for AWS's SDKs to read. */
export const outputOf = ({ credentials }: CacheEntry): string =>
  `${JSON.stringify(processOutput(credentials))}\n`;

/**
 * Answers `keyvend credential-process` from the cache. The AWS CLI runs this command each time that it runs, and SDKs
 * cache little of its output. So the command's first file holds only what this answer needs.
 *
 * @returns false for another command and for anything unusual: then the whole CLI runs, and finds out what it is
 */
export function answerFromCache([name, ...rest]: readonly string[], io: CommandIo): boolean {
  if (name !== "credential-process") return false;
  try {
    const args = readArguments(rest, credentialProcessGrammar, io.env);
    checkWords(args, credentialProcessGrammar);
    if (args.has("help")) return false;
    const { entry } = lookUp(args, io);
    if (entry) io.out(outputOf(entry));
    return entry !== undefined;
  } catch {
    return false;
  }
}
