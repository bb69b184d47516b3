import { boundedMap } from "../core/bounded-map.ts";
import type { StorageKey } from "../core/key-standing.ts";
import type { Session } from "../core/session.ts";
import type { Clock } from "../vending/ports.ts";
import { createAbsorb } from "./absorbed-faults.ts";
import {
  createKeyVersions,
  type KeyPair,
  type KeyVersion,
  type ReadVersion,
  SecretUnreadable,
} from "./key-versions.ts";
import type { Meter } from "./meter.ts";
import type { OwnCredentialsProvider } from "./own-credentials.ts";
import { isKeyRefused, KeyNotKnownYet, mayBeTheKeys } from "./sts-refusal.ts";

/** How long a key is used before it is read again. A rotated key is seen earlier only if STS refuses the old one. */
const usualFreshMs = 5 * 60_000;
/** How long a key is used before the next try to read it again, while Secrets Manager is unreachable. */
const rereadPauseMs = 60_000;
/** How long a caller waits to have a known key read again: STS has to answer within the same deadline. */
const rereadTimeoutMs = 200;
/** How long STS may take until it knows a new key. */
const newMs = 5 * 60_000;
/** How long a refusal is remembered, so that a burst of callers asks neither Secrets Manager nor STS once more each. */
const refusedMs = 5_000;
/** Of a secret. A rotation adds one. */
const mostRefusedKeys = 16;

interface UseOptions {
  /** The key that another instance has read: if it is another and newer one, the secret is read again first. */
  newest?: StorageKey | undefined;
  /** May an earlier key stand in for one that STS does not know yet? */
  mayStandIn?: boolean;
}

export interface LongTermKeys {
  /**
   * Issues with a secret's long-term key, and says in the session which key it was. A rotation heals by itself: if the
   * refusal may be the key's, the secret is read again, and the other key that may be there by now is tried. STS may not
   * know a new key yet: in the first five minutes of a version, the version before it is tried then.
   *
   * The action gets the same object for as long as the key is the same: connections are kept by it.
   */
  use(
    secretId: string,
    signal: AbortSignal,
    action: (key: KeyPair) => Promise<Session>,
    options?: UseOptions,
  ): Promise<Session>;

  /** The secret's key as it was read at most so long ago. STS is not asked. */
  current(
    secretId: string,
    signal: AbortSignal,
    options: { notOlderThanMs: number },
  ): Promise<Pick<KeyVersion, "fingerprint" | "readAt">>;
}

/** What an instance knows of a secret. Times are epoch milliseconds. */
interface Memory {
  secretId: string;
  current: KeyVersion | undefined;
  /** The one before `current`, as far as this instance has seen it. */
  before: KeyVersion | undefined;
  readAgainAt: number;
  /** Until then, no refusal has the secret read again. */
  quietUntil: number;
  /** The previous version worked where the current one was refused. */
  standIn: { previous: KeyVersion; insteadOf: string; until: number } | undefined;
  /** Nothing was there to stand in for the current version, or it was refused as well. */
  helpless: { insteadOf: string; until: number; wasRefused: boolean } | undefined;
  /** The fingerprint of the last key that STS took for the current one: a refusal of it has another cause. */
  worked: string | undefined;
  /** Fingerprints of keys that STS has refused as unknown, or as wrong. */
  refused: ReturnType<typeof boundedMap<string, true>>;
}

/**
 * The long-term keys in Secrets Manager. They are nowhere else, except in this memory. Throws `SecretUnreadable`,
 * `KeyNotKnownYet`, and what the action throws.
 *
 * @param options `timeoutMs` is the deadline of a whole issue, the reading of its key included. `readVersion` reads them elsewhere
 *   than in Secrets Manager, and `freshMs` is how long a key is used before it is read again, five minutes by default.
 * @example await createLongTermKeys(options).use("keyvend/lake", signal, (key) => getSessionToken(key))
 */
export function createLongTermKeys(options: {
  region: string;
  credentials: OwnCredentialsProvider;
  clock: Pick<Clock, "now">;
  timeoutMs: number;
  meter: Meter;
  readVersion?: ReadVersion;
  freshMs?: number;
}): LongTermKeys {
  const { clock, meter, readVersion = createKeyVersions(options), freshMs = usualFreshMs } = options;
  const absorb = createAbsorb(meter, clock);
  const memories = new Map<string, Memory>();

  function memoryOf(secretId: string): Memory {
    const memory = memories.get(secretId) ?? {
      secretId,
      current: undefined,
      before: undefined,
      readAgainAt: 0,
      quietUntil: 0,
      standIn: undefined,
      helpless: undefined,
      worked: undefined,
      refused: boundedMap<string, true>(mostRefusedKeys),
    };
    memories.set(secretId, memory);
    return memory;
  }

  async function read(memory: Memory, signal: AbortSignal): Promise<KeyVersion> {
    try {
      const version = sameObject(memory, await readVersion(memory.secretId, "AWSCURRENT", signal));
      if (memory.current?.fingerprint !== version.fingerprint) memory.before = memory.current;
      memory.current = version;
      memory.readAgainAt = clock.now() + freshMs;
      return version;
    } catch (error) {
      // A key that was taken out of its secret is not used any longer: a static storage asks no STS that would refuse it.
      if (!(error instanceof SecretUnreadable && error.away)) memory.current = undefined;
      throw error;
    }
  }

  async function currentVersion(
    memory: Memory,
    signal: AbortSignal,
    newest?: StorageKey,
  ): Promise<KeyVersion> {
    const last = memory.current;
    if (last === undefined) return read(memory, signal);
    const isBehind = newest !== undefined && newest.key !== last.fingerprint && newest.readAt > last.readAt;
    if (isBehind) return lookForAnother(memory, last, signal);
    if (clock.now() < memory.readAgainAt) return last;
    // Set before the read, not after it: meanwhile all other callers use the last key.
    memory.readAgainAt = clock.now() + rereadPauseMs;
    try {
      return await read(memory, AbortSignal.any([signal, AbortSignal.timeout(rereadTimeoutMs)]));
    } catch (error) {
      // While Secrets Manager is unreachable, a key that was good is probably good still. STS decides.
      if (!(error instanceof SecretUnreadable && error.away)) throw error;
      absorb("secret", error);
      return last;
    }
  }

  /** Reads the secret again, unless that brought nothing a moment ago. Gives the same version if there is no other. */
  async function lookForAnother(memory: Memory, last: KeyVersion, signal: AbortSignal): Promise<KeyVersion> {
    const known = memory.current ?? last;
    if (known.fingerprint !== last.fingerprint || clock.now() < memory.quietUntil) return known;
    const found = await read(memory, signal).catch((error) => {
      if (!(error instanceof SecretUnreadable && error.away)) throw error;
      absorb("secret", error);
      return last;
    });
    if (found.fingerprint === last.fingerprint) memory.quietUntil = clock.now() + refusedMs;
    return found;
  }

  /** The previous version, if it works where the current one is refused. Now and then a caller tries the current one. */
  function standInFor({ fingerprint, createdAt }: KeyVersion, { standIn }: Memory): KeyVersion | undefined {
    const now = clock.now();
    if (standIn?.insteadOf !== fingerprint || !isNew(createdAt, now)) return undefined;
    if (now < standIn.until) return standIn.previous;
    standIn.until = now + refusedMs;
    return undefined;
  }

  /** The version before a current one that STS does not know yet; absent if it must not be used. */
  async function previousOf(memory: Memory, signal: AbortSignal): Promise<KeyVersion | undefined> {
    const previous = await readVersion(memory.secretId, "AWSPREVIOUS", signal).catch((error) => {
      // There is none, or it holds no key.
      if (error instanceof SecretUnreadable && !error.away) return undefined;
      throw error;
    });
    const isUsable = previous !== undefined && !memory.refused.get(previous.fingerprint);
    return isUsable ? sameObject(memory, previous) : undefined;
  }

  async function use(
    ...[secretId, signal, action, { newest, mayStandIn = true } = {}]: Parameters<LongTermKeys["use"]>
  ): Promise<Session> {
    const memory = memoryOf(secretId);

    /** The session, or the refusal if it may be the key's. */
    async function issueWith(
      version: KeyVersion,
      insteadOf?: string,
    ): Promise<{ session: Session } | { refusal: unknown }> {
      const { pair, fingerprint: key, readAt } = version;
      try {
        const session = await action(pair);
        memory.refused.delete(key);
        if (insteadOf === undefined) {
          memory.worked = key;
          memory.standIn = memory.helpless = undefined;
        } else meter({}, { PreviousKeyUsed: 1 }, { previousKey: { secret: secretId } });
        return { session: { ...session, issuedBy: { key, readAt, ...(insteadOf && { insteadOf }) } } };
      } catch (refusal) {
        if (!mayBeTheKeys(refusal)) throw refusal;
        if (isKeyRefused(refusal)) memory.refused.set(key, true);
        return { refusal };
      }
    }

    /** After a refusal of the current version, which may be too new. */
    async function issueWithPrevious(current: KeyVersion, refusal: unknown): Promise<Session> {
      const insteadOf = current.fingerprint;
      const until = clock.now() + refusedMs;
      let { helpless } = memory;
      if (helpless?.insteadOf !== insteadOf || helpless.until <= clock.now()) {
        const previous = await previousOf(memory, signal).catch(() => {
          throw new KeyNotKnownYet(refusal);
        });
        // A key that STS has taken before is not too new, and no earlier one stands in for it. But the store may have changed
        // it ahead of the secret, which stores such as Ceph tell by the same words as what they never allow.
        const outcome = previous && !hasWorked(current) ? await issueWith(previous, insteadOf) : undefined;
        if (previous && outcome && "session" in outcome) {
          memory.standIn = { previous, insteadOf, until };
          return outcome.session;
        }
        helpless = memory.helpless = { insteadOf, until, wasRefused: previous !== undefined };
      }
      // A refusal that may as well have another cause stands, if there is nothing to compare the key with.
      throw helpless.wasRefused || isKeyRefused(refusal) ? new KeyNotKnownYet(refusal) : refusal;
    }

    /** Here or at another instance. */
    const hasWorked = ({ fingerprint }: KeyVersion) =>
      memory.worked === fingerprint || (newest?.key === fingerprint && newest.isProven);

    let version = await currentVersion(memory, signal, newest);
    const standIn = mayStandIn && !hasWorked(version) ? standInFor(version, memory) : undefined;
    const stoodIn = standIn && (await issueWith(standIn, version.fingerprint));
    if (stoodIn && "session" in stoodIn) return stoodIn.session;

    let outcome = await issueWith(version);
    if ("session" in outcome) return outcome.session;
    const other = await lookForAnother(memory, version, signal);
    if (other.fingerprint !== version.fingerprint) {
      version = other;
      outcome = await issueWith(version);
      if ("session" in outcome) return outcome.session;
    }
    if (!mayStandIn || !isNew(version.createdAt, clock.now())) throw outcome.refusal;
    return issueWithPrevious(version, outcome.refusal);
  }

  return {
    use,
    async current(secretId, signal, { notOlderThanMs }) {
      const memory = memoryOf(secretId);
      const last = memory.current;
      const isRecent = last !== undefined && clock.now() - last.readAt <= notOlderThanMs;
      const { fingerprint, readAt } = isRecent ? last : await read(memory, signal);
      return { fingerprint, readAt };
    },
  };
}

/** A time in the future is bounded too: the clock may be wrong. */
function isNew(createdAt: number, now: number): boolean {
  return Math.abs(now - createdAt) < newMs;
}

/** The version with the object that this instance has for its key, if it has one. */
function sameObject({ current, before, standIn }: Memory, version: KeyVersion): KeyVersion {
  const known = [current, before, standIn?.previous].find((one) => one?.fingerprint === version.fingerprint);
  return known === undefined ? version : { ...version, pair: known.pair };
}
