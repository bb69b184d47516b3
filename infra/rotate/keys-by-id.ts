import { randomBytes } from "node:crypto";

/** Keys that a secret holds by their ids, one of which is the current one: `{"current":"k2","k1":"…","k2":"…"}`. */
export interface KeysById {
  current: string;
  keys: Readonly<Record<string, string>>;
}

/**
 * Reads the text of such a secret.
 *
 * @throws Error that says what is wrong and quotes nothing
 */
export function parseKeysById(text: string): KeysById {
  const { current, ...keys } = objectOf(text);
  const texts = Object.entries(keys).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  if (typeof current !== "string" || !Object.hasOwn(keys, current) || texts.length < Object.keys(keys).length)
    throw new Error(
      "The secret must be an object of keys by their ids, and of `current`, the id of one of them.",
    );
  return { current, keys: Object.fromEntries(texts) };
}

function objectOf(text: string): object & { current?: unknown } {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Node's message quotes the text.
  }
  throw new Error("The secret is no JSON object.");
}

/** The text of the secret. */
export function formatKeysById({ current, keys }: KeysById): string {
  return JSON.stringify({ current, ...keys });
}

/**
 * Adds a key, and makes it the current one. All others stay.
 *
 * @throws Error where the ids have no number that could be followed by another
 * @example withNextKey({ current: "k1", keys: { k1: "…" } }).current // "k2"
 */
export function withNextKey({ keys }: KeysById): KeysById {
  const numbers = Object.keys(keys).map((id) => Number(/^k([1-9]\d{0,3})$/.exec(id)?.[1] ?? 0));
  const current = `k${Math.max(...numbers) + 1}`;
  if (current.length > 5)
    throw new Error("The ids of keys go up to k9999: ids of client keys have their numbers.");
  return { current, keys: { ...keys, [current]: randomBytes(48).toString("base64url") } };
}

/** Takes keys out. The current one stays. */
export function withoutKeys({ current, keys }: KeysById, ids: readonly string[]): KeysById {
  const kept = Object.entries(keys).filter(([id]) => id === current || !ids.includes(id));
  return { current, keys: Object.fromEntries(kept) };
}
