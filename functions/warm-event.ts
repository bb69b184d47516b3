import * as z from "zod/mini";
import { greatestDurationSeconds } from "../shared/core/duration.ts";
import type { ClaimedEntry } from "../shared/vending/warm/warm.ts";

const ahead = `must be whole seconds from 0 to ${greatestDurationSeconds}`;
const key = "must be an entry's key: 64 of 0-9 and a-f";

/** The schedule's own event holds neither, and much else that is passed over. */
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

/** What warm is asked for: all that is due, or soon will be, or one entry. */
export interface WarmEvent {
  /**
   * An operator may warm ahead, for example before maintenance of STS: what becomes due within that many seconds is
   * issued now.
   */
  aheadSeconds?: number;
  /** The one entry that a caller met due, and the generation that it claimed for the warmer. */
  entry?: ClaimedEntry;
}

/**
 * Reads what warm was invoked with.
 *
 * @throws Error that names the field which is wrong.
 * @example readWarmEvent({ aheadSeconds: 3_600 })
 */
export function readWarmEvent(event: unknown): WarmEvent {
  const read = warmEvent.safeParse(event);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `${path.join(".") || "The event"} ${message}`);
  throw new Error(`${faults.join("; ")}.`);
}
