import type { ErrorCode } from "../../contract.ts";
import { VendError } from "../../core/errors.ts";
import { type Clock, NoSlot, TableUnreachable } from "../ports.ts";
import { pauseAfter } from "../storage-pause.ts";

/** The codes of failures that would hit every entry of the storage. */
const storagesOwn: ReadonlySet<ErrorCode> = new Set([
  "throttled",
  "unavailable",
  "storage_misconfigured",
  "internal",
]);

/** A storage that failed. */
interface FailureState {
  pauseMs: number;
  /** Epoch milliseconds. */
  notBefore: number;
  /** One call is under way that will tell whether it works again. */
  isTried: boolean;
}

export type StorageBackoff = ReturnType<typeof createStorageBackoff>;

/** The code that a caller would get for a failed issue. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof VendError ? error.code : "internal";
}

/** Is this failure the storage's, and neither the one entry's nor the warmer's? */
export function isStoragesOwn(error: unknown): boolean {
  if (error instanceof NoSlot || error instanceof TableUnreachable) return false;
  return storagesOwn.has(codeOf(error));
}

/**
 * Which storages a pass leaves alone for now. After each pause one call alone finds out whether the storage works again.
 * Unlike the pauses that all instances share, these spare the claim, and hold for any failure that is the storage's own.
 *
 * @example if (backoff.allows("lake")) await backoff.attempt("lake", () => renew(entry, request, warrant))
 */
export function createStorageBackoff(clock: Clock) {
  const failing = new Map<string, FailureState>();

  function afterFailure(before: FailureState | undefined, error: unknown): FailureState {
    const { pauseMs, until } = pauseAfter(error, before?.pauseMs, clock.now());
    return { pauseMs, notBefore: until, isTried: false };
  }

  return {
    allows(storage: string): boolean {
      const state = failing.get(storage);
      return state === undefined || (!state.isTried && clock.now() >= state.notBefore);
    },

    /** From when on it may be tried again, in epoch milliseconds. */
    pausesUntil: (storage: string): number => failing.get(storage)?.notBefore ?? 0,

    /** Makes a call to a storage that is allowed; `undefined` from it tells nothing of the storage. */
    async attempt<T>(storage: string, call: () => Promise<T | undefined>): Promise<T | undefined> {
      const before = failing.get(storage);
      const during = before && { ...before, isTried: true };
      if (during !== undefined) failing.set(storage, during);
      let after = before;
      try {
        const result = await call();
        if (result !== undefined) after = undefined;
        return result;
      } catch (error) {
        if (isStoragesOwn(error)) after = afterFailure(before, error);
        throw error;
      } finally {
        // Of calls that were under way together the first failure counts; the others tell nothing that is new.
        if (failing.get(storage) === during) {
          if (after === undefined) failing.delete(storage);
          else failing.set(storage, after);
        }
      }
    },
  };
}
