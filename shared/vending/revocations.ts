import type { Judge } from "../core/revocation.ts";
import type { Absorb, Clock, RevocationTable } from "./ports.ts";

/**
 * How long an instance goes by what it has read, counted from the beginning of the read. With a read that fails, and the next
 * try, it is less than five seconds.
 */
const freshMs = 3_000;
/** After a read that failed. */
const retryMs = 1_000;

/** The work where something was ever revoked, or cannot be read. It is loaded when it is first needed. */
export interface OnRevoked {
  /** Throws for a text that keyvend has not written. */
  judgeByText(text: string): Judge;
  /** Throws (the promise) VendError `unavailable`. */
  readAtLast(read: () => Promise<boolean>, clock: Clock): Promise<void>;
  absorb: Absorb;
}

interface RevocationsPorts {
  table: RevocationTable;
  onRevoked: () => Promise<OnRevoked>;
  clock: Clock;
}

export type Revocations = ReturnType<typeof createRevocations>;

/**
 * What operators have revoked, as this instance knows it: a judge, or none where nothing was ever revoked. While that cannot be
 * read, the instance goes by what it has read last, however old that is; as long as it has read nothing, it gives nothing.
 *
 * @example (await createRevocations(ports).current())?.admit(request)
 */
export function createRevocations({ table, onRevoked, clock }: RevocationsPorts) {
  let judge: Judge | undefined;
  let hasRead = false;
  let freshUntil = 0;
  let reading: Promise<void> | undefined;

  async function readOnce(): Promise<void> {
    const began = clock.now();
    try {
      const text = await table.revocations();
      judge = text === undefined ? undefined : (await onRevoked()).judgeByText(text);
      hasRead = true;
      freshUntil = began + freshMs;
    } catch (fault) {
      (await onRevoked()).absorb("revocations", fault);
      if (hasRead) freshUntil = clock.now() + retryMs;
    } finally {
      reading = undefined;
    }
  }

  /** Joins a read that is under way. Is anything known then? */
  async function read(): Promise<boolean> {
    reading ??= readOnce();
    await reading;
    return hasRead;
  }

  function isFresh(): boolean {
    const leftMs = freshUntil - clock.now();
    // It has more left than it ever had when the clock was set back.
    return leftMs > 0 && leftMs <= freshMs;
  }

  return {
    /** By what this instance has read last, however old; without waiting. */
    last: () => judge,

    /** Reads, unless it is fresh. Throws (the promise) VendError `unavailable` as long as nothing could be read. */
    async current(): Promise<Judge | undefined> {
      // The read that it joins may have begun before the instance was frozen, and is no news then.
      for (let reads = 0; !isFresh() && reads < 2; reads++) await read();
      if (!hasRead) await (await onRevoked()).readAtLast(read, clock);
      return judge;
    },
  };
}
