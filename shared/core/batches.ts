/**
 * Those with the same key together, in the order in which each key comes first.
 *
 * @example batches(["t1", "u1", "t2"], ([letter = ""]) => letter) // [["t1", "t2"], ["u1"]]
 */
export function batches<T>(all: readonly T[], keyOf: (one: T) => string): [T, ...T[]][] {
  const found = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const same = found.get(keyOf(one));
    if (same === undefined) found.set(keyOf(one), [one]);
    else same.push(one);
  }
  return [...found.values()];
}
