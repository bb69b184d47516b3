/** A claim's value as it stands in a verified token: any JSON. */
export type ClaimValue = unknown;

/** The claims of a caller, by name. */
export type Claims = Readonly<Record<string, ClaimValue>>;

/**
 * Reads one claim; `undefined` where there is none. A name that begins with `/` is a JSON Pointer (RFC 6901) to a nested
 * claim; any other name is a top-level claim, dots and all.
 */
export type ReadClaim = (name: string) => ClaimValue;

/**
 * Reads claims, and remembers what was read. Everything that a decision takes from claims goes through here: conditions,
 * templates, and so the evidence with which the decision can be taken again. Only own members of objects are claims,
 * never what every object inherits, and no elements of arrays.
 *
 * @example
 * const reader = createClaimReader({ realm_access: { roles: ["etl"], other: 1 }, email: "a@b.example" });
 * reader.read("/realm_access/roles"); // ["etl"]
 * reader.evidence(); // { realm_access: { roles: ["etl"] } }
 */
export function createClaimReader(claims: Claims) {
  const paths = new Map<string, readonly string[]>();
  return {
    read(name: string): ClaimValue {
      const path = pathOf(name);
      const value = path.reduce(memberOf, claims);
      if (value !== undefined) paths.set(name, path);
      return value;
    },

    /** The claims that were read so far: read again from them, each has the same value. */
    evidence: (): Claims => partOf(claims, [...paths.values()]),
  };
}

/** Does this name point to a nested claim? */
export function isPointer(name: string): boolean {
  return name.startsWith("/");
}

/**
 * What is wrong with a claim's name, worded so that it can follow it; `undefined` where nothing is.
 *
 * @example faultOfClaimName("/realm_access/roles/0") // "must not point into a list: …"
 */
export function faultOfClaimName(name: string): string | undefined {
  if (!isPointer(name)) return undefined;
  if (/~(?![01])/.test(name)) return "is no JSON Pointer: ~ stands as ~0, and / in a name as ~1";
  if (pathOf(name).some((segment) => /^(\d+|-)$/.test(segment)))
    return "must not point into a list: the order of a list gives no rights, and each of its elements is matched";
  return undefined;
}

/**
 * The top-level claim in which a claim stands.
 *
 * @example topClaim("/cnf/jkt") // "cnf"
 */
export function topClaim(name: string): string {
  return pathOf(name)[0] ?? "";
}

/**
 * The one name by which a claim is compared with others: a pointer of one segment means a top-level claim.
 *
 * @example simplestName("/tenant") // "tenant"
 */
export function simplestName(name: string): string {
  if (faultOfClaimName(name) !== undefined) return name;
  const [first = "", ...below] = pathOf(name);
  return below.length > 0 || isPointer(first) ? name : first;
}

/** The names of the members that lead to a claim. */
export function pathOf(name: string): string[] {
  if (!isPointer(name)) return [name];
  const segments = name.slice(1).split("/");
  // In this order, so that `~01` is `~1`.
  return segments.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function memberOf(value: ClaimValue, name: string): ClaimValue {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Is this a JSON object, and neither a list nor null? */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same object with no members but those on the paths. */
function partOf(value: Claims, paths: readonly (readonly string[])[]): Claims {
  const below = Map.groupBy(paths, ([name = ""]) => name);
  return Object.fromEntries(
    Array.from(below, ([name, pathsThrough]) => {
      const member = value[name];
      const isWhole = pathsThrough.some((path) => path.length === 1);
      return [
        name,
        isWhole || !isObject(member)
          ? member
          : partOf(
              member,
              pathsThrough.map((path) => path.slice(1)),
            ),
      ];
    }),
  );
}
