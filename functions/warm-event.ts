import * as z from "zod/mini";
import { greatestDurationSeconds } from "../shared/core/duration.ts";
import type { ClaimedEntry } from "../shared/vending/warm/warm.ts";

const ahead = `must be whole seconds from 0 to ${greatestDurationSeconds}`;
const key = "must be an entry's key: 64 of 0-9 and a-f";

/** The schedule's own event has neither member. Its other members are ignored. */
const warmEvent = z
  .object({
    aheadSeconds: z.exactOptional(z.int(ahead).check(z.gte(0, ahead), z.lte(greatestDurationSeconds, ahead))),
    entry: z.exactOptional(
      z.object({
        key: z.string(key).check(z.regex(/^[0-9a-f]{64}$/, key)),
        generation: z.int("must be a whole number"),
      }),
    ),
  })
  .check(
    z.refine(
      (event) => event.aheadSeconds === undefined || event.entry === undefined,
      "names one of aheadSeconds and entry",
    ),
  );

/** What the warmer is to do: warm everything that is due, everything that will soon be due, or one entry. */
interface WarmEvent {
  /**
   * Everything that becomes due within so many seconds is issued now. An operator can warm ahead in this way, for example before
   * STS is under maintenance.
   */
  aheadSeconds?: number;
  /** A due entry that a caller was served from, and the generation that it claimed for the warmer. */
  entry?: ClaimedEntry;
}

/**
 * Reads the event that the warm function was invoked with.
 *
 * @throws Error that names the field which is wrong.
 * @example readWarmEvent({ aheadSeconds: 3_600 })
 */
export function readWarmEvent(event: unknown): WarmEvent {
  const { data, error } = warmEvent.safeParse(event);
  if (error === undefined) return data;
  const faults = error.issues.map(({ path, message }) => `${path.join(".") || "The event"} ${message}`);
  throw new Error(`${faults.join("; ")}.`);
}
