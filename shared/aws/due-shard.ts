/** Partitions of the index `due`: the due entries of a whole fleet would overheat a single one. */
export const dueShards = 8;

/** The partition of an entry, by its key: a hash already. */
export function dueShardOf(key: string): number {
  return Number.parseInt(key.slice(0, 8), 16) % dueShards;
}
