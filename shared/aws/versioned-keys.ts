import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { Clock } from "../vending/ports.ts";

/** How long the secret is not read again to look for a key that it did not have. */
const rereadMs = 60_000;
/** After this time an instance looks whether another key is the current one, since the one that it knows may be retired. */
const currentMs = 3_600_000;
/** How long a read that failed is not repeated, so that no caller waits for it twice. */
const failedMs = 1_000;
const keyIdForm = /^[A-Za-z0-9_-]{1,32}$/;
const shortestSecret = 32;

/** Keys that one secret holds by their ids, one of which is the current one. */
export interface VersionedKeys {
  /** The id of the current key, and the key. Throws if the secret cannot be read, or is faulty. */
  current(): Promise<{ id: string; key: KeyObject }>;
  /** The key of an id; `undefined` if there is none. Throws as `current` does. */
  keyOf(id: string): Promise<KeyObject | undefined>;
}

interface Versions {
  current: string;
  keys: ReadonlyMap<string, KeyObject>;
}

/** What an error calls the secret, and what its keys are for: another purpose makes another key of the same text. */
interface Purpose {
  secret: string;
  purpose: string;
}

/**
 * Reads keys of 256 bits from a secret of the form `{"current":"k2","k1":"…","k2":"…"}`, when they are first asked for, and
 * again for an id that it did not have. The known keys stay in use while Secrets Manager is unreachable.
 *
 * @example createVersionedKeys({ secret: "sealing secret", purpose: "keyvend seal", read, clock })
 */
export function createVersionedKeys({
  read,
  clock,
  ...purpose
}: Purpose & { read: () => Promise<string>; clock: Pick<Clock, "now"> }): VersionedKeys {
  let versions: Versions | undefined;
  let readAt = 0;
  let reading: Promise<Versions> | undefined;
  let failure: { error: unknown; until: number } | undefined;

  async function readVersions(): Promise<Versions> {
    if (failure !== undefined && clock.now() < failure.until) throw failure.error;
    try {
      versions = parseVersions(await read(), purpose);
      readAt = clock.now();
      return versions;
    } catch (error) {
      failure = { error, until: clock.now() + failedMs };
      throw error;
    }
  }

  /** One read, for which all callers wait: without the new key they would miss everything that was made with it. */
  function reread(): Promise<Versions> {
    reading ??= readVersions().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function load(): Promise<Versions> {
    return versions ?? reread();
  }

  return {
    async current() {
      const { current, keys } = await load();
      // Beside the work: no caller waits for it.
      if (clock.now() - readAt >= currentMs) reread().catch(() => undefined);
      return { id: current, key: keys.get(current) as KeyObject };
    },

    async keyOf(id) {
      const key = (await load()).keys.get(id);
      if (key !== undefined || clock.now() - readAt < rereadMs) return key;
      return (await reread()).keys.get(id);
    },
  };
}

function parseVersions(text: string, { secret, purpose }: Purpose): Versions {
  const { current, ...rest } = parseObject(text, secret);
  const keys = new Map<string, KeyObject>();
  for (const [id, value] of Object.entries(rest)) {
    if (!keyIdForm.test(id) || typeof value !== "string" || value.length < shortestSecret) {
      throw new Error(
        `The ${secret} needs texts of at least ${shortestSecret} characters under plain key ids.`,
      );
    }
    keys.set(id, createSecretKey(Buffer.from(hkdfSync("sha256", value, "", purpose, 32))));
  }
  if (typeof current !== "string" || !keys.has(current)) {
    throw new Error(`The ${secret} must name one of its keys as \`current\`.`);
  }
  return { current, keys };
}

function parseObject(text: string, secret: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // The error below says so without the text.
  }
  throw new Error(`The ${secret} is not a JSON object.`);
}
