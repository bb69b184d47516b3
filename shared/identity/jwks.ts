import type { JWK, JWTVerifyGetKey } from "jose";
import { JWKSNoMatchingKey } from "jose/errors";
// The remote key set of jose loads undici; ours is fetched by fetch-jwks.ts.
import { createLocalJWKSet } from "jose/jwks/local";
import type { TrustedIssuer } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import { fetchJwks, publicKeys, sourceOf } from "./fetch-jwks.ts";

/** An issuer's public keys, and when they were fetched from it (epoch milliseconds). */
export interface Jwks {
  keys: JWK[];
  fetchedAt: number;
}

/**
 * Where key sets outlive this instance, so that a cold start need not fetch them. What it returns is believed: it must
 * be sealed. `source` is the address that the keys come from; it changes when the configuration does.
 */
export interface KeptJwks {
  get(source: string): Promise<Jwks | undefined>;
  put(source: string, jwks: Jwks): Promise<void>;
}

export interface IssuerKeysOptions {
  kept?: KeptJwks;
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
  /** Told what an issuer or the keeping failed with; callers may not have noticed. */
  onTrouble?: (issuer: string, cause: unknown) => void;
}

export interface IssuerKeys {
  /** Finds the key of one of this issuer's tokens, for jose's `jwtVerify`. */
  of(issuer: TrustedIssuer, now: number): JWTVerifyGetKey;
}

interface Known {
  find: JWTVerifyGetKey;
  fetchedAt: number;
}

interface Source {
  known?: Known;
  askedAt: number;
  /** The last time it was asked, it did not answer with keys. */
  down: boolean;
  flight?: Promise<void> | undefined;
}

/**
 * The public keys of all issuers, each apart, so that one that is down breaks no other. Its `of` throws `VendError`
 * `unavailable` where the issuer cannot be asked for a key, and jose's `JWKSNoMatchingKey` where it has no such key.
 *
 * @example
 * const keys = createIssuerKeys({ kept });
 * await jwtVerify(token, keys.of(issuer, Date.now()), options);
 */
export function createIssuerKeys(options: IssuerKeysOptions = {}): IssuerKeys {
  const { kept, timeoutMs = 2_000, maxBytes = 65_536 } = options;
  const { maxAgeMs = 3_600_000, maxStaleMs = 86_400_000, coolDownMs = 60_000, retryMs = 5_000 } = options;
  const { onTrouble = () => {} } = options;
  const sources = new Map<string, Source>();

  function sourceFor(issuer: TrustedIssuer): Source {
    const address = sourceOf(issuer);
    const source = sources.get(address) ?? { askedAt: Number.NEGATIVE_INFINITY, down: false };
    sources.set(address, source);
    return source;
  }

  function usable(source: Source, now: number): Known | undefined {
    return source.known !== undefined && now - source.known.fetchedAt < maxStaleMs ? source.known : undefined;
  }

  /** When the issuer may be asked again. What another instance fetched counts: it has asked just as well. */
  function nextAskAt(source: Source, now: number): number {
    const known = usable(source, now);
    if (known === undefined) return source.askedAt + retryMs;
    return Math.max(source.askedAt, known.fetchedAt) + coolDownMs;
  }

  /** Gets newer keys than `fetchedAfter`, one flight at a time and none before its time; says nothing of success. */
  async function refresh(issuer: TrustedIssuer, source: Source, now: number, fetchedAfter: number) {
    if (source.flight === undefined && now >= nextAskAt(source, now)) {
      source.flight = (async () => {
        if (!(await takeKept(issuer, source, now, fetchedAfter))) await ask(issuer, source, now);
      })().finally(() => {
        source.flight = undefined;
      });
    }
    await source.flight;
  }

  /** Takes what another instance fetched; true if that is young enough to spare the fetch. */
  async function takeKept(issuer: TrustedIssuer, source: Source, now: number, fetchedAfter: number) {
    try {
      const jwks = await kept?.get(sourceOf(issuer));
      if (jwks === undefined || jwks.fetchedAt <= (source.known?.fetchedAt ?? 0)) return false;
      adopt(source, publicKeys(jwks), Math.min(jwks.fetchedAt, now));
      return jwks.fetchedAt > fetchedAfter;
    } catch (cause) {
      onTrouble(issuer.name, cause);
      return false;
    }
  }

  async function ask(issuer: TrustedIssuer, source: Source, now: number) {
    source.askedAt = now;
    source.down = true;
    try {
      const keys = await fetchJwks(issuer, { timeoutMs, maxBytes });
      adopt(source, keys, now);
      await kept?.put(sourceOf(issuer), { keys, fetchedAt: now });
    } catch (cause) {
      onTrouble(issuer.name, cause);
    }
  }

  return {
    of: (issuer, now) => async (header, token) => {
      const source = sourceFor(issuer);
      const unavailable = () =>
        new VendError("unavailable", "The issuer of the identity token cannot be asked for its keys.", {
          retryAfterSeconds: Math.max(1, Math.ceil((nextAskAt(source, now) - now) / 1_000)),
        });
      const find = async () => {
        const known = usable(source, now);
        if (known === undefined) throw unavailable();
        try {
          return await known.find(header, token);
        } catch (error) {
          if (error instanceof JWKSNoMatchingKey) return undefined;
          throw error;
        }
      };

      const fresh = source.known !== undefined && now - source.known.fetchedAt < maxAgeMs;
      if (!fresh) await refresh(issuer, source, now, now - maxAgeMs);
      let key = await find();
      if (key === undefined) {
        await refresh(issuer, source, now, now - coolDownMs);
        key = await find();
      }
      if (key !== undefined) return key;
      // While its issuer is down, a key that we do not know may well be a new one: that is no refusal.
      throw source.down ? unavailable() : new JWKSNoMatchingKey();
    },
  };
}

function adopt(source: Source, keys: JWK[], fetchedAt: number): void {
  source.known = { find: createLocalJWKSet({ keys }), fetchedAt };
  source.down = false;
}
