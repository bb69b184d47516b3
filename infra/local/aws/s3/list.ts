interface ListRequest {
  prefix: string;
  /** Empty for none. */
  delimiter: string;
  /** Only what comes after this key, or this common prefix. */
  after: string;
  maxKeys: number;
}

interface ListPage {
  keys: string[];
  commonPrefixes: string[];
  truncated: boolean;
  /** The last that was listed, key or common prefix: where the next page begins. */
  last: string;
}

/**
 * One page of a listing, in S3's order, which is that of the keys' UTF-8 bytes. Keys that share what follows the prefix
 * up to the delimiter are rolled up into one common prefix, which counts as one.
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
    const rolledUp = common !== undefined && (common === page.last || common === after);
    if (byBytes(key, after) <= 0 || rolledUp) continue;
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
