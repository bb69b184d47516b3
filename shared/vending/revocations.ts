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
  refuseUnread(): never;
  absorb: Absorb;
}

interface RevocationsPorts {
  table: RevocationTable;
  onRevoked: () => Promise<OnRevoked>;
  clock: Pick<Clock, "now">;
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

  async function read(): Promise<void> {
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

  function isFresh(): boolean {
    const leftMs = freshUntil - clock.now();
    // It has more left than it ever had when the clock was set back.
    return leftMs > 0 && leftMs <= freshMs;
  }

  return {
    /** By what this instance has read last, however old; without waiting. */
    last: () => judge,

    /** Reads, unless it is fresh. Throws (the promise) VendError `unavailable` while nothing could be read at all. */
    async current(): Promise<Judge | undefined> {
      if (!isFresh()) {
        reading ??= read();
        await reading;
      }
      return hasRead ? judge : (await onRevoked()).refuseUnread();
    },
  };
}
