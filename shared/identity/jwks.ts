import type { TrustedIssuer } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import type { FetchFailed, FetchStep } from "./fetch-jwks.ts";
import { fittingKeys, type TokenHeader } from "./fitting-keys.ts";
import { sourceOf } from "./jwks-source.ts";
import { quoted } from "./quoted.ts";
import { type Jwk, keyObjectOf } from "./signature.ts";

/** An issuer's public keys, and when they were fetched from it (epoch milliseconds). */
export interface Jwks {
  keys: Jwk[];
  fetchedAt: number;
}

/**
 * A store of key sets that outlives this instance, so that a cold start need not fetch them. Stored keys are trusted, so
 * the store must seal them. `source` is the address that the keys come from; it changes when the configuration does.
 */
export interface JwksStore {
  get(source: string): Promise<Jwks | undefined>;
  put(source: string, jwks: Jwks): Promise<void>;
}

/** Why an issuer's keys could not be fetched, read from the store or put into it. Callers may not have noticed. */
export interface KeyTrouble {
  /** The issuer's name in the configuration. */
  issuer: string;
  step: FetchStep | "store";
  cause: string;
}

export interface IssuerKeysOptions {
  store?: JwksStore;
  /** For discovery and keys together. Default 2 s. */
  timeoutMs?: number;
  /** Keys older than this are used only after an attempt to get newer ones. Default 1 h. */
  maxAgeMs?: number;
  /** Keys older than this are not used at all, however long their issuer is down. Default 24 h. */
  maxStaleMs?: number;
  /** While keys are known, their issuer is not asked more often than this. Default 60 s. */
  coolDownMs?: number;
  /** While no keys are known, their issuer is not asked more often than this. Default 5 s. */
  retryMs?: number;
  /** Is called with each failure of an issuer or of the store. */
  onTrouble?: (trouble: KeyTrouble) => void;
}

/** A key did not sign a token, or cannot show whether it did. Another key may have signed the token. */
export class NotByThisKey extends Error {
  override readonly name = "NotByThisKey";
}

/** Verifies a token with one key. Throws `NotByThisKey` if the next key should be tried. */
type Verify = (key: Jwk) => void;

export interface IssuerKeys {
  /**
   * An issuer's keys as they are now: the same object until they are read anew, from the issuer or the store. `now` is in epoch
   * milliseconds.
   *
   * @throws VendError `unavailable` if there are none
   */
  current(issuer: TrustedIssuer, now: number): Promise<Jwks>;

  /**
   * Verifies one of an issuer's tokens by the keys that may have signed it, each in turn, and gives the set that holds the key
   * which has. `now` is in epoch milliseconds.
   *
   * If none of these keys has signed the token, the keys are fetched once more, except within the cool-down. After that:
   * - a token that names a known key is refused, because that key did not sign it. If the issuer has replaced the key
   *   under the same name, the next fetch brings the new one, a minute later at most.
   * - any other token may be signed by a key that was published after the last fetch. If the keys were fetched just now,
   *   the token is refused. Otherwise it is not judged, and its caller is told when to come back.
   *
   * @throws VendError `unavailable` for a token that is not judged, with the issuer, the step and the cause as its `cause`
   * @throws Error for a refusal, with the reason for the operator
   */
  verifyBy(issuer: TrustedIssuer, header: TokenHeader, now: number, verify: Verify): Promise<Jwks>;

  /**
   * Reads an issuer's keys from the store, ahead of its first token. The issuer is not asked, and nothing is thrown. `now` is in
   * epoch milliseconds.
   */
  recall(issuer: TrustedIssuer, now: number): Promise<void>;
}

/** An issuer whose keys have no names has few keys. Each attempt costs up to 0.1 ms. */
const mostAttempts = 16;

/**
 * The public keys of all issuers. Each issuer's keys are kept apart, so that an issuer that is down breaks no other.
 *
 * @example
 * const keys = createIssuerKeys({ store });
 * await keys.verifyBy(issuer, header, Date.now(), (key) => checkSignature(token, key));
 */
export function createIssuerKeys(options: IssuerKeysOptions = {}): IssuerKeys {
  const known = new Map<string, { of: TrustedIssuer; keys: ReturnType<typeof keysOfOne> }>();
  function keysOf(issuer: TrustedIssuer) {
    const last = known.get(issuer.name);
    // A server lives through changes of its configuration: under the same name another issuer may stand.
    if (last?.of.issuer === issuer.issuer && last.of.jwksUri === issuer.jwksUri) return last.keys;
    const keys = keysOfOne(issuer, options);
    known.set(issuer.name, { of: issuer, keys });
    return keys;
  }
  return {
    current: (issuer, now) => keysOf(issuer).current(now),
    verifyBy: (issuer, ...asked) => keysOf(issuer).verifyBy(...asked),
    recall: (issuer, now) => keysOf(issuer).recall(now),
  };
}

function keysOfOne(issuer: TrustedIssuer, options: IssuerKeysOptions) {
  const { store, timeoutMs = 2_000, onTrouble = () => {} } = options;
  const { maxAgeMs = 3_600_000, maxStaleMs = 86_400_000, coolDownMs = 60_000, retryMs = 5_000 } = options;

  let known: Jwks | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  /** Why the last attempt to ask the issuer failed. */
  let trouble: string | undefined;
  let flight: Promise<void> | undefined;

  function knownWithin(age: number, now: number): Jwks | undefined {
    return known !== undefined && now - known.fetchedAt < age ? known : undefined;
  }

  /** When the issuer may be asked again. A fetch by another instance counts as well: it has asked the issuer too. */
  function nextAskAt(now: number): number {
    const usable = knownWithin(maxStaleMs, now);
    return usable === undefined ? askedAt + retryMs : Math.max(askedAt, usable.fetchedAt) + coolDownMs;
  }

  /** Tries to get keys of at most this age: one attempt at a time, and none before the issuer may be asked again. */
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

  function adopt(jwks: Jwks): void {
    known = jwks;
    trouble = undefined;
  }

  async function takeStored(now: number): Promise<void> {
    try {
      const jwks = await store?.get(sourceOf(issuer));
      // Keys from the future would stay young for ever.
      if (jwks === undefined || jwks.fetchedAt > now) return;
      if (jwks.fetchedAt > (known?.fetchedAt ?? 0)) adopt(jwks);
    } catch (error) {
      report("store", error);
    }
  }

  async function ask(now: number): Promise<void> {
    askedAt = now;
    try {
      // Stored keys are enough for nearly every cold start, so the code that fetches is loaded only when it is needed.
      const { fetchJwks } = await import("./fetch-jwks.ts");
      adopt({ keys: await fetchJwks(issuer, timeoutMs), fetchedAt: now });
    } catch (error) {
      const { step = "keys", message } = error as Partial<FetchFailed>;
      trouble = `${step}: ${message}`;
      report(step, error);
      return;
    }
    await store?.put(sourceOf(issuer), known as Jwks).catch((error: unknown) => report("store", error));
  }

  function report(step: KeyTrouble["step"], error: unknown): void {
    onTrouble({ issuer: issuer.name, step, cause: error instanceof Error ? error.message : String(error) });
  }

  function usableAt(now: number): Jwks {
    const usable = knownWithin(maxStaleMs, now);
    if (usable === undefined) throw unavailable(now, "no keys");
    return usable;
  }

  function unavailable(now: number, reason: string): VendError {
    return new VendError("unavailable", "The issuer of the identity token cannot be asked for its keys.", {
      retryAfterSeconds: Math.max(1, Math.ceil((nextAskAt(now) - now) / 1_000)),
      cause: `issuers.${issuer.name}: ${trouble === undefined ? reason : `${reason}; ${trouble}`}`,
    });
  }

  async function current(now: number): Promise<Jwks> {
    if (knownWithin(maxAgeMs, now) === undefined) await refresh(maxAgeMs, now);
    return usableAt(now);
  }

  async function verifyBy(header: TokenHeader, now: number, verify: Verify): Promise<Jwks> {
    const tried = await current(now);
    let fault = attempt(tried.keys, header, verify);
    if (fault === undefined) return tried;

    await refresh(coolDownMs, now);
    const latest = usableAt(now);
    if (latest !== tried) fault = attempt(latest.keys, header, verify);
    if (fault === undefined) return latest;

    const isNamed = latest.keys.some(({ kid }) => kid !== undefined && kid === header["kid"]);
    const isJustFetched = latest.fetchedAt >= now && latest.keys.length > 0;
    if (isNamed || isJustFetched) throw new Error(fault);
    throw unavailable(now, fault);
  }

  async function recall(now: number): Promise<void> {
    await takeStored(now);
    for (const key of known?.keys.slice(0, mostAttempts) ?? []) readAhead(key);
  }

  return { current, verifyBy, recall };
}

/** What is wrong with a key is told when a token is to be verified by it. */
function readAhead(key: Jwk): void {
  try {
    keyObjectOf(key);
  } catch {}
}

/** `undefined` if one of the keys has signed the token; else why none has. */
function attempt(keys: readonly Jwk[], header: TokenHeader, verify: Verify): string | undefined {
  const candidates = fittingKeys(keys, header);
  const kid = header["kid"] === undefined ? "" : `kid ${quoted(header["kid"])} and `;
  let reason = `none of the ${keys.length} keys fits ${kid}alg ${quoted(header["alg"])}`;
  for (const key of candidates.slice(0, mostAttempts)) {
    try {
      verify(key);
      return undefined;
    } catch (error) {
      if (!(error instanceof NotByThisKey)) throw error;
      reason = error.message;
    }
  }
  if (candidates.length > mostAttempts)
    reason += ` (${mostAttempts} of ${candidates.length} keys were tried)`;
  return reason;
}
