/**
 * What a rotation writes down at its secret, so that the next run knows what an earlier one was about to do. Times are epoch
 * milliseconds.
 */
export interface RotationNote {
  /** A key is about to be made for this version of the secret. */
  making?: { version: string; at: number };
  /** This version was seen to be the current one; it has been so since then, or longer. */
  current?: { version: string; since: number };
  /** The key before the current one was seen to be inactive; it has been so since then, or longer. */
  inactiveSince?: number;
}

const time = String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)`;
const version = String.raw`([\w-]{1,64})`;
const form = new RegExp(
  `^(?:making ${version} ${time})? ?(?:current ${version} ${time})? ?(?:inactive ${time})?$`,
);

/**
 * A note as text, of at most 256 characters: letters, digits and what the values of a secret's tags may have.
 *
 * @example formatNote({ current: { version: "v2", since: 0 } }) // "current v2 1970-01-01T00:00:00.000Z"
 */
export function formatNote({ making, current, inactiveSince }: RotationNote): string {
  const parts = [
    making && `making ${making.version} ${iso(making.at)}`,
    current && `current ${current.version} ${iso(current.since)}`,
    inactiveSince !== undefined && `inactive ${iso(inactiveSince)}`,
  ];
  return parts.filter(Boolean).join(" ");
}

/**
 * Reads what `formatNote` wrote. Any other text is no note: nothing is known then, so that a rotation waits anew for as long
 * as it must, and deletes nothing.
 *
 * @example parseNote("making v2 1970-01-01T00:00:00.000Z") // { making: { version: "v2", at: 0 } }
 */
export function parseNote(text = ""): RotationNote {
  const [, making, makingAt, current, currentSince, inactive] = form.exec(text) ?? [];
  const [at, since, inactiveSince] = [makingAt, currentSince, inactive].map((each) => Date.parse(each ?? ""));
  return {
    ...(making && isTime(at) && { making: { version: making, at } }),
    ...(current && isTime(since) && { current: { version: current, since } }),
    ...(isTime(inactiveSince) && { inactiveSince }),
  };
}

function isTime(milliseconds: number | undefined): milliseconds is number {
  return Number.isFinite(milliseconds);
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
