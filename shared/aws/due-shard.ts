/** The partitions of the index `due`. The due entries of a whole fleet would overload a single one. */
export const dueShards = 8;

/** The partition of an entry, by its key, which is a hash already. */
export function dueShardOf(key: string): number {
  return Number.parseInt(key.slice(0, 8), 16) % dueShards;
}
