/** A claim's value as it stands in a verified token: any JSON. */
export type ClaimValue = unknown;

/** The claims of a caller, by name. */
export type Claims = Readonly<Record<string, ClaimValue>>;

/** Reads one claim; `undefined` where there is none. */
export type ReadClaim = (name: string) => ClaimValue;

/**
 * Reads claims, and remembers what was read. Everything that a decision takes from claims goes through here: conditions,
 * templates, and so the evidence with which the decision can be taken again. Only own members are claims, never what
 * every object inherits.
 *
 * @example
 * const reader = createClaimReader({ team: "data", email: "a@b.example" });
 * reader.read("team"); // "data"
 * reader.evidence(); // { team: "data" }
 */
export function createClaimReader(claims: Claims) {
  const names = new Set<string>();
  return {
    read(name: string): ClaimValue {
      if (!Object.hasOwn(claims, name)) return undefined;
      names.add(name);
      return claims[name];
    },

    /** The claims that were read so far: read again from them, each has the same value. */
    evidence: (): Claims => Object.fromEntries(Array.from(names, (name) => [name, claims[name]])),
  };
}
