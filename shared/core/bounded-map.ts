/**
 * A bounded map: the entry that was put in first makes room for the newest.
 *
 * @example const remembered = boundedMap<string, Session>(1_000)
 */
export function boundedMap<K, V>(most: number) {
  const entries = new Map<K, V>();
  return {
    get: (key: K) => entries.get(key),
    delete: (key: K) => entries.delete(key),
    set(key: K, value: V) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size > most) {
        const oldest = entries.keys().next();
        if (!oldest.done) entries.delete(oldest.value);
      }
    },
  };
}
