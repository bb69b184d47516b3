import type { ParseResult } from "./parse-result.ts";

/** The longest key that S3 stores, in bytes of UTF-8. */
const mostBytes = 1024;

/**
 * A prefix is empty, which means the whole bucket, or whole path segments with a trailing slash, which means that
 * folder. Text without a trailing slash means the folder too, never the names that begin so.
 *
 * Whatever some client, proxy or store might read as another place than the one written is refused. A percent sign is a
 * character like others: a prefix is the text itself, and nothing decodes it.
 *
 * @example parsePrefix("lake/t1") // { ok: true, value: "lake/t1/" }
 * @example parsePrefix("lake/../t1") // { ok: false, reason: "must not hold a . or .. segment" }
 */
export function parsePrefix(text: string): ParseResult<string> {
  if (text === "") return { ok: true, value: "" };
  const prefix = text.endsWith("/") ? text : `${text}/`;
  const reason = faultOf(prefix);
  return reason === undefined ? { ok: true, value: prefix } : { ok: false, reason };
}

function faultOf(prefix: string): string | undefined {
  // No character is shorter than a byte: what fails the first comparison is never encoded.
  if (prefix.length > mostBytes || new TextEncoder().encode(prefix).length > mostBytes)
    return `must not be longer than ${mostBytes} bytes`;
  if (!prefix.isWellFormed()) return "must not hold half of a surrogate pair";
  if (/\p{Cc}/u.test(prefix)) return "must not hold control characters";
  if (prefix.includes("\\")) return "must not hold backslashes";
  const segments = prefix.slice(0, -1).split("/");
  if (segments.includes("")) return "must not begin with a slash or hold two in a row";
  if (segments.includes(".") || segments.includes("..")) return "must not hold a . or .. segment";
  return undefined;
}

/**
 * Whether a prefix, or a key, lies in the folder `outer`. Compares characters as they are, on whole segments: an `outer`
 * that is no folder holds nothing.
 *
 * @example contains("t1/", "t1/a/") // true
 * @example contains("t1/", "t10/") // false
 */
export function contains(outer: string, inner: string): boolean {
  return outer === "" || (outer.endsWith("/") && inner.startsWith(outer));
}

/**
 * The same places in the fewest prefixes: sorted, without repetitions and without what lies in another.
 *
 * @example mergePrefixes(["t2/", "t1/a/", "t1/"]) // ["t1/", "t2/"]
 */
export function mergePrefixes(prefixes: readonly string[]): string[] {
  const merged: string[] = [];
  // Sorted by code unit, everything in a folder follows right behind it: comparing with the last one kept is enough.
  for (const prefix of [...prefixes].sort()) {
    const last = merged.at(-1);
    if (last === undefined || !contains(last, prefix)) merged.push(prefix);
  }
  return merged;
}
