import { VendError } from "../core/errors.ts";
import { DeadlinePassed, isPassing, issueRefusal } from "../core/issue-refusal.ts";
import { MissLimitReached } from "./miss-limits.ts";
import {
  type Absorb,
  type Clock,
  type Issue,
  type Pause,
  type PauseTable,
  TableUnreachable,
} from "./ports.ts";

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** How long the one caller that tries again has the storage for itself: longer than an issue takes. */
const tryMs = 2_000;
/** The same for a caller that waits for a slow STS, and for the warmer. */
const patientTryMs = 15_000;

/** A pause after a failure: a second, then twice as long as the one before, or as long as STS says; a minute at most. */
export function pauseAfter(
  error: unknown,
  pauseMsBefore: number | undefined,
  now: number,
): Pick<Pause, "pauseMs" | "until"> {
  const pauseMs = bounded(pauseMsBefore === undefined ? firstPauseMs : pauseMsBefore * 2);
  const advisedMs = ((error instanceof VendError && error.retryAfterSeconds) || 0) * 1_000;
  return { pauseMs, until: now + bounded(Math.max(pauseMs, advisedMs)) };
}

/** The table may hold anything. */
const bounded = (pauseMs: number) => Math.min(Math.max(pauseMs, firstPauseMs), longestPauseMs);

/** What a call to STS tells of the storage: it works, it is throttled or away, or nothing. */
function verdictOf(error: unknown): "works" | Pause["code"] | undefined {
  if (!(error instanceof VendError) || error instanceof MissLimitReached) return undefined;
  return isPassing(error) ? error.code : "works";
}

interface StoragePausePorts {
  table: PauseTable;
  /** Does an issue here wait so long for STS that its deadline tells that STS is away? */
  isPatient: boolean;
  absorb: Absorb;
  clock: Pick<Clock, "now">;
}

/**
 * Lets a storage whose STS throttles or is away alone for all callers. Each further failure makes the pause longer; when
 * it is over, one caller tries, and the others are refused for that moment.
 *
 * @returns a function that makes of an `Issue` one that keeps the pauses. It throws (the promise) `VendError` with the code of
 *   the failure while the storage pauses, and TableUnreachable when that cannot be known.
 * @example const pausing = createStoragePause({ table, isPatient: false, absorb, clock })(issue);
 */
export function createStoragePause(ports: StoragePausePorts): (issue: Issue) => Issue {
  const { table, isPatient, absorb, clock } = ports;

  const refusalOf = (storage: string, { code, until }: Pause, cause: unknown) =>
    issueRefusal(code, storage, {
      retryAfterSeconds: (until - clock.now()) / 1_000,
      mostSeconds: longestPauseMs / 1_000,
      cause,
    });

  const lasting = ({ code, pauseMs }: Pause, forMs: number): Pause => ({
    code,
    pauseMs,
    until: clock.now() + forMs,
  });

  /** Takes the try that ends a pause, for the caller alone; `undefined` where there is no pause. */
  async function takeTry(storage: string, forMs: number): Promise<Pause | undefined> {
    const pause = await table.pauseOf(storage);
    if (pause === undefined) return undefined;
    const now = clock.now();
    // A pause that a clock far ahead has set, or somebody else, does not count.
    if (now < pause.until && pause.until <= now + longestPauseMs) {
      throw refusalOf(storage, pause, "as another caller was told: the storage pauses");
    }
    const attempt = lasting(pause, forMs);
    if (await table.setPause(storage, pause, attempt)) return attempt;
    throw refusalOf(storage, attempt, "another caller finds out whether the storage works again");
  }

  async function note(storage: string, seen: Pause | undefined, next: Pause | undefined): Promise<void> {
    try {
      // Of calls that were under way together the first failure counts; the others tell nothing that is new.
      if (seen !== undefined || next !== undefined) await table.setPause(storage, seen, next);
    } catch (fault) {
      // The caller has its answer, and the storage just does not pause.
      if (!(fault instanceof TableUnreachable)) throw fault;
      absorb("table", fault);
    }
  }

  return (issue) =>
    async function issueUnlessPausing(request, options = {}) {
      const { name } = request.storage;
      const waits = isPatient || options.until !== undefined;
      // A call that was handed over goes on in place of one that was allowed.
      const attempt = options.isHandedOver
        ? await table.pauseOf(name)
        : await takeTry(name, waits ? patientTryMs : tryMs);
      try {
        const session = await issue(request, options);
        await note(name, attempt, undefined);
        return session;
      } catch (error) {
        if (error instanceof DeadlinePassed && !waits) {
          // It is nobody's failure. The warmer will know.
          await note(name, attempt, attempt && lasting(attempt, patientTryMs));
          throw error;
        }
        const verdict = verdictOf(error);
        if (verdict === "works") await note(name, attempt, undefined);
        // The try is not spent: the next caller has it at once.
        else if (verdict === undefined) await note(name, attempt, attempt && lasting(attempt, 0));
        else {
          const pause = { code: verdict, ...pauseAfter(error, attempt?.pauseMs, clock.now()) };
          await note(name, attempt, pause);
          const { cause, retryAfterSeconds = 0 } = error as VendError;
          // Its caller must not come back sooner than others.
          if (attempt !== undefined && pause.until > clock.now() + retryAfterSeconds * 1_000)
            throw refusalOf(name, pause, cause);
        }
        throw error;
      }
    };
}
