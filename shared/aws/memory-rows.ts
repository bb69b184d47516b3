import type { Clock } from "../vending/ports.ts";

/** How often what has expired is looked for. A pass over a hundred thousand rows takes some milliseconds. */
const sweepMs = 60_000;

interface Row<T> {
  value: T;
  /** Epoch milliseconds; it is forgotten some time after. */
  until: number;
}

/**
 * Rows in memory, of a bounded number. Where there is no room, the one that was written longest ago is forgotten.
 *
 * @example const rows = memoryRows<Entry>(100_000, clock)
 */
export function memoryRows<T>(most: number, clock: Pick<Clock, "now">) {
  const rows = new Map<string, Row<T>>();
  let sweepAt = clock.now() + sweepMs;

  function sweep(now: number): void {
    sweepAt = now + sweepMs;
    for (const [key, { until }] of rows) if (until <= now) rows.delete(key);
  }

  return {
    get: (key: string): T | undefined => rows.get(key)?.value,
    untilOf: (key: string): number | undefined => rows.get(key)?.until,
    delete: (key: string): boolean => rows.delete(key),
    values: (): T[] => Array.from(rows.values(), ({ value }) => value),

    /** Puts a row in the place of what was there, and keeps it until then; epoch milliseconds. */
    set(key: string, value: T, until: number): void {
      const now = clock.now();
      if (now >= sweepAt) sweep(now);
      rows.delete(key);
      rows.set(key, { value, until });
      if (rows.size <= most) return;
      const [oldest] = rows.keys();
      if (oldest !== undefined) rows.delete(oldest);
    },
  };
}

export type MemoryRows<T> = ReturnType<typeof memoryRows<T>>;
