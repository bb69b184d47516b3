/** What several rounds gave. */
interface Spread {
  median: number;
  least: number;
  most: number;
}

/** One figure of a row, and what it is to be. */
export interface Measure {
  /** What is compared with what. */
  says: string;
  spread: Spread;
  /** Empty for a ratio. */
  unit: string;
  goal?: { atMost: number } | { atLeast: number };
  /** The same figure of a program that does nothing but what no handler can do without: no goal below it can be met. */
  floor?: Spread;
}

/** One line of the benchmark, by its number in the list of goals. */
export interface Row {
  id: string;
  what: string;
  measures: Measure[];
  /** Facts that are no figures. */
  notes?: string[];
}

/**
 * Median, least and most. Of an even number of values the median is the lower one.
 *
 * @example spreadOf([3, 1, 2]) // { median: 2, least: 1, most: 3 }
 */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return { median: at(Math.floor((sorted.length - 1) / 2)), least: at(0), most: at(sorted.length - 1) };
}

/** The ratios of values that were measured in the same rounds: what disturbs a round disturbs both. */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): Spread {
  return spreadOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** A figure that is no matter of chance. */
export function exactly(value: number): Spread {
  return { median: value, least: value, most: value };
}

/** `floor`: it is missed, and so would a program that does nothing else. */
export type Verdict = "met" | "missed" | "floor" | "told";

export function verdictOf({ spread, goal, floor }: Measure): Verdict {
  if (goal === undefined) return "told";
  const holds = ({ median }: Spread) => ("atMost" in goal ? median <= goal.atMost : median >= goal.atLeast);
  if (holds(spread)) return "met";
  return floor !== undefined && !holds(floor) ? "floor" : "missed";
}

/** A number as the table has it: three digits that tell something. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}
