/** Kinds of stores that differ in what their policies can say and in what their STS takes. */
export const stores = ["aws", "minio", "ceph", "seaweedfs", "other"] as const;

export type Store = (typeof stores)[number];

/** What a session policy may hold. */
export interface Dialect {
  /** Are `${*}`, `${?}` and `${$}` the literal characters? Elsewhere, the escaped `t*` would allow `t${x}` and refuse `t*`. */
  hasEscapes: boolean;
  /** Are characters beyond U+00FF taken, and exact? */
  hasAllCharacters: boolean;
  /** What the longest policy is counted in. */
  unit: "characters" | "bytes";
}

const aws: Dialect = { hasEscapes: true, hasAllCharacters: false, unit: "characters" };
const elsewhere: Dialect = { hasEscapes: false, hasAllCharacters: false, unit: "bytes" };

/**
 * The dialect of a store's policies. What its address implies is the most that it has: `store` makes it stricter. Only
 * that MinIO takes all characters follows from nothing else, and is not believed of AWS's own STS.
 *
 * @example dialectOf("minio", false) // { hasEscapes: false, hasAllCharacters: true, unit: "bytes" }
 */
export function dialectOf(store: Store | undefined, isAwsSts: boolean): Dialect {
  if (isAwsSts && (store ?? "aws") === "aws") return aws;
  return store === "minio" && !isAwsSts ? { ...elsewhere, hasAllCharacters: true } : elsewhere;
}
