import { createClaimReader, isPointer } from "./claims.ts";
import { textsOf } from "./condition.ts";
import type { Grant, GrantConditions } from "./grant.ts";
import { isLiteral } from "./pattern.ts";
import type { Principal } from "./principal.ts";

/** What a condition is on: the subject, or a claim by its name. No claim's name begins like this. */
const subjectReference = "\0subject";

/** What grants are looked up by. */
type CallerFacts = Pick<Principal, "issuer" | "subject" | "claims">;

/** The grants of a configuration, so filed that a decision looks at few of them. */
export interface GrantIndex {
  /** In the order of the configuration. */
  all: readonly Grant[];
  /** Is any of them in audit mode? */
  hasTrials: boolean;
  /** Those of a storage for callers of an issuer, in the order of the configuration. */
  of(storage: string, issuer: string): readonly Grant[];
  /**
   * Those of a storage that may apply to a principal, in the order of the configuration: all that do, and few others.
   */
  candidates(storage: string, principal: CallerFacts): Grant[];
}

/** The grants of one storage and one issuer. */
interface Section {
  grants: Grant[];
  /** Positions in `grants`, by what a condition is on and by a value that meets it. */
  byValue: Map<string, Map<string, number[]>>;
  /** The nested claims in `byValue`. */
  pointers: Set<string>;
  /** Positions of the grants that have no literal condition. Each caller's decision looks at them. */
  others: number[];
}

/**
 * Files each grant under its most telling condition, which is the one that the fewest other grants share, so that a
 * decision costs about the same with 100,000 grants as with one. Grants without a literal condition are looked at each time.
 *
 * @example indexGrants(grants).candidates("lake", principal).map(({ name }) => name)
 */
export function indexGrants(grants: readonly Grant[]): GrantIndex {
  const sections = new Map<string, Map<string, Section>>();
  for (const grant of grants) {
    const ofStorage = getOrMake(sections, grant.storage, () => new Map<string, Section>());
    for (const issuer of grant.issuer) getOrMake(ofStorage, issuer, emptySection).grants.push(grant);
  }
  for (const ofStorage of sections.values()) for (const section of ofStorage.values()) fileGrants(section);
  return {
    all: grants,
    hasTrials: grants.some(({ mode }) => mode === "audit"),
    of: (storage, issuer) => sections.get(storage)?.get(issuer)?.grants ?? [],
    candidates(storage, principal) {
      const section = sections.get(storage)?.get(principal.issuer);
      return section === undefined ? [] : candidatesIn(section, principal);
    },
  };
}

function emptySection(): Section {
  return { grants: [], byValue: new Map(), pointers: new Set(), others: [] };
}

function candidatesIn(section: Section, principal: CallerFacts): Grant[] {
  const { read } = createClaimReader(principal.claims);
  const positions = new Set(section.others);
  for (const reference of referencesWorthReading(section, principal)) {
    const byText = section.byValue.get(reference);
    const value = reference === subjectReference ? principal.subject : read(reference);
    for (const text of textsOf(value)) {
      for (const position of byText?.get(String(text)) ?? []) positions.add(position);
    }
  }
  return Array.from(positions)
    .sort((a, b) => a - b)
    .flatMap((position) => section.grants[position] ?? []);
}

/**
 * Either side may be long, the names in the index or those in the token: the shorter one is walked. Nested claims are
 * looked up each time, since a token does not list them.
 */
function* referencesWorthReading({ byValue, pointers }: Section, { claims }: CallerFacts): Iterable<string> {
  const names = Object.keys(claims);
  if (byValue.size <= names.length + pointers.size) return yield* byValue.keys();
  yield subjectReference;
  yield* names;
  yield* pointers;
}

/** Made at each cold start, for all grants: plain loops, and no objects that are thrown away. */
function fileGrants({ grants, byValue, pointers, others }: Section): void {
  const shares: Shares = new Map();
  for (const grant of grants) {
    for (const reference of literalReferences(grant)) {
      const counts = getOrMake(shares, reference, () => new Map<string, number>());
      for (const text of patternsOn(reference, grant)) counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  }
  for (const [position, grant] of grants.entries()) {
    const reference = mostTelling(grant, shares);
    if (reference === undefined) {
      others.push(position);
      continue;
    }
    if (isPointer(reference)) pointers.add(reference);
    const byText = getOrMake(byValue, reference, () => new Map<string, number[]>());
    for (const text of new Set(patternsOn(reference, grant)))
      getOrMake(byText, text, () => []).push(position);
  }
}

/** How many grants demand a value, by what the condition is on. */
type Shares = Map<string, Map<string, number>>;

function mostTelling(grant: GrantConditions, shares: Shares): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const reference of literalReferences(grant)) {
    const counts = shares.get(reference);
    let shared = 0;
    for (const text of patternsOn(reference, grant)) shared += counts?.get(text) ?? 0;
    if (shared < fewest) [best, fewest] = [reference, shared];
  }
  return best;
}

/** The references whose patterns are all literal: only a caller with one of those values can meet the condition. */
function* literalReferences(grant: GrantConditions): Generator<string> {
  if (grant.subject?.every(isLiteral)) yield subjectReference;
  for (const name of Object.keys(grant.claims)) if (patternsOn(name, grant).every(isLiteral)) yield name;
}

function patternsOn(reference: string, { subject, claims }: GrantConditions): readonly string[] {
  return (reference === subjectReference ? subject : claims[reference]) ?? [];
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
