import type { JWK, JWTVerifyGetKey } from "jose";
import { JWKSNoMatchingKey } from "jose/errors";
// The remote key set of jose loads undici; ours is fetched by fetch-jwks.ts.
import { createLocalJWKSet } from "jose/jwks/local";
import type { TrustedIssuer } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import { sourceOf } from "./jwks-source.ts";

/** An issuer's public keys, and when they were fetched from it (epoch milliseconds). */
export interface Jwks {
  keys: JWK[];
  fetchedAt: number;
}

/**
 * A store of key sets that outlives this instance, so that a cold start need not fetch them. Its keys are trusted: they must
 * be sealed. `source` is the address that the keys come from. It changes when the configuration does.
 */
export interface JwksStore {
  get(source: string): Promise<Jwks | undefined>;
  put(source: string, jwks: Jwks): Promise<void>;
}

export interface IssuerKeysOptions {
  store?: JwksStore;
  /** Of discovery and keys together. Default 2 s. */
  timeoutMs?: number;
  /** Of each document. Default 64 KiB. */
  maxBytes?: number;
  /** Keys older than this are not used before a newer set has been tried for. Default 1 h. */
  maxAgeMs?: number;
  /** Keys older than this are not used at all, however long their issuer is down. Default 24 h. */
  maxStaleMs?: number;
  /** While keys are known, their issuer is not asked more often than this. Default 60 s. */
  coolDownMs?: number;
  /** While no keys are known, their issuer is not asked more often than this. Default 5 s. */
  retryMs?: number;
  /** Gets what an issuer or the store failed with; callers may not have noticed. */
  onTrouble?: (issuer: string, cause: unknown) => void;
}

export interface IssuerKeys {
  /** Finds the key of one of this issuer's tokens, for jose's `jwtVerify`. */
  of(issuer: TrustedIssuer, now: number): JWTVerifyGetKey;
}

/**
 * The public keys of all issuers, each apart, so that one that is down breaks no other. Its `of` throws `VendError`
 * `unavailable` where the issuer cannot be asked for a key, and jose's `JWKSNoMatchingKey` where it has no such key.
 *
 * @example
 * const keys = createIssuerKeys({ store });
 * await jwtVerify(token, keys.of(issuer, Date.now()), options);
 */
export function createIssuerKeys(options: IssuerKeysOptions = {}): IssuerKeys {
  const sources = new Map<string, (now: number) => JWTVerifyGetKey>();
  return {
    of(issuer, now) {
      const address = sourceOf(issuer);
      const source = sources.get(address) ?? keysOfOne(issuer, options);
      sources.set(address, source);
      return source(now);
    },
  };
}

interface Known {
  find: JWTVerifyGetKey;
  fetchedAt: number;
}

function keysOfOne(issuer: TrustedIssuer, options: IssuerKeysOptions): (now: number) => JWTVerifyGetKey {
  const { store, timeoutMs = 2_000, maxBytes = 65_536, onTrouble = () => {} } = options;
  const { maxAgeMs = 3_600_000, maxStaleMs = 86_400_000, coolDownMs = 60_000, retryMs = 5_000 } = options;

  let known: Known | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let down = false;
  let flight: Promise<void> | undefined;

  function knownWithin(age: number, now: number): Known | undefined {
    return known !== undefined && now - known.fetchedAt < age ? known : undefined;
  }

  /** When the issuer may be asked again. What another instance fetched counts: it has asked just as well. */
  function nextAskAt(now: number): number {
    const usable = knownWithin(maxStaleMs, now);
    return usable === undefined ? askedAt + retryMs : Math.max(askedAt, usable.fetchedAt) + coolDownMs;
  }

  /** Tries to get keys of at most this age, one flight at a time and none before its time. */
  async function refresh(age: number, now: number): Promise<void> {
    if (flight === undefined && now >= nextAskAt(now)) {
      flight = (async () => {
        await takeStored(now);
        if (knownWithin(age, now) === undefined) await ask(now);
      })().finally(() => {
        flight = undefined;
      });
    }
    await flight;
  }

  function adopt(keys: JWK[], fetchedAt: number): void {
    known = { find: createLocalJWKSet({ keys }), fetchedAt };
    down = false;
  }

  async function takeStored(now: number): Promise<void> {
    try {
      const jwks = await store?.get(sourceOf(issuer));
      // Keys from the future would stay young for ever.
      if (jwks === undefined || jwks.fetchedAt > now) return;
      if (jwks.fetchedAt > (known?.fetchedAt ?? 0)) adopt(jwks.keys, jwks.fetchedAt);
    } catch (cause) {
      onTrouble(issuer.name, cause);
    }
  }

  async function ask(now: number): Promise<void> {
    askedAt = now;
    down = true;
    try {
      // Stored keys answer nearly every cold start. The code that fetches is loaded when it is needed.
      const { fetchJwks } = await import("./fetch-jwks.ts");
      const keys = await fetchJwks(issuer, { timeoutMs, maxBytes });
      adopt(keys, now);
      await store?.put(sourceOf(issuer), { keys, fetchedAt: now });
    } catch (cause) {
      onTrouble(issuer.name, cause);
    }
  }

  function unavailable(now: number): VendError {
    return new VendError("unavailable", "The issuer of the identity token cannot be asked for its keys.", {
      retryAfterSeconds: Math.max(1, Math.ceil((nextAskAt(now) - now) / 1_000)),
    });
  }

  return (now) => async (header, token) => {
    const find = async () => {
      const usable = knownWithin(maxStaleMs, now);
      if (usable === undefined) throw unavailable(now);
      try {
        return await usable.find(header, token);
      } catch (error) {
        if (error instanceof JWKSNoMatchingKey) return undefined;
        throw error;
      }
    };

    if (knownWithin(maxAgeMs, now) === undefined) await refresh(maxAgeMs, now);
    let key = await find();
    if (key === undefined) {
      await refresh(coolDownMs, now);
      key = await find();
    }
    if (key !== undefined) return key;
    // While its issuer is down, a key that we do not know may well be a new one: that is no refusal.
    throw down ? unavailable(now) : new JWKSNoMatchingKey();
  };
}
