interface ListRequest {
  prefix: string;
  /** Empty for none. */
  delimiter: string;
  /** The page begins after this key or common prefix. */
  after: string;
  maxKeys: number;
}

interface ListPage {
  keys: string[];
  commonPrefixes: string[];
  truncated: boolean;
  /** The last key or common prefix on the page. The next page begins after it. */
  last: string;
}

/**
 * One page of a listing in S3's order, which is the order of the keys' UTF-8 bytes. Keys that have the same text from
 * the prefix to the next delimiter are rolled up into one common prefix, which counts as one entry.
 *
 * @example listPage(["a/1", "a/2", "b"], { prefix: "", delimiter: "/", after: "", maxKeys: 1000 }).commonPrefixes // ["a/"]
 */
export function listPage(
  allKeys: Iterable<string>,
  { prefix, delimiter, after, maxKeys }: ListRequest,
): ListPage {
  const page: ListPage = { keys: [], commonPrefixes: [], truncated: false, last: "" };
  const inOrder = [...allKeys].filter((key) => key.startsWith(prefix)).sort(byBytes);
  for (const key of inOrder) {
    const common = commonPrefix(key, prefix, delimiter);
    const entry = common ?? key;
    const isRolledUp = common !== undefined && (common === page.last || common === after);
    if (byBytes(key, after) <= 0 || isRolledUp) continue;
    if (page.keys.length + page.commonPrefixes.length >= maxKeys) return { ...page, truncated: maxKeys > 0 };
    (common === undefined ? page.keys : page.commonPrefixes).push(entry);
    page.last = entry;
  }
  return page;
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
