/**
 * Those with the same key together, in the order in which each key comes first.
 *
 * @example batches(["t1", "u1", "t2"], ([letter = ""]) => letter) // [["t1", "t2"], ["u1"]]
 */
export function batches<T>(all: readonly T[], keyOf: (one: T) => string): [T, ...T[]][] {
  // A group has the one at least that made it.
  return [...Map.groupBy(all, keyOf).values()] as [T, ...T[]][];
}
