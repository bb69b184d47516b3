import { operationGroups } from "../contract.ts";
import { batches } from "./batches.ts";
import {
  type CallersCondition,
  type CallersStatement,
  contextKey,
  prefixKey,
  serviceKey,
  type Term,
} from "./caller-policy-document.ts";
import {
  anything,
  behind,
  covers,
  type Glob,
  intersect,
  overlap,
  readGlob,
  reduce,
} from "./caller-policy-glob.ts";
import { VendError } from "./errors.ts";
import { actionsAt } from "./operations.ts";
import {
  bucketArn,
  mostPolicyCharacters,
  type PolicySetting,
  type Statement,
  statementsOf,
} from "./policy.ts";
import type { Scope } from "./scope.ts";

/** One action on one resource. */
export interface Right {
  action: string;
  resource: Glob;
  /** The prefixes that a list may have, or the contexts in which a key may be used; absent: whatever the request says. */
  values?: readonly Glob[];
}

/** What a Deny takes away of rights that are left. */
export interface Denial extends Pick<Right, "action" | "resource"> {
  conditions: readonly CallersCondition[];
}

/** A statement of the grant: each of its actions on each of its resources, with one of the values. */
interface GrantedStatement {
  actions: readonly string[];
  resources: readonly Glob[];
  values?: readonly Glob[];
}

/** What a grant's own policy would allow. */
export interface Granted {
  /** The ARN of the bucket. */
  bucket: Glob;
  onS3: readonly GrantedStatement[];
  onKeys: readonly GrantedStatement[];
  /** The service through which the keys may be used, as KMS names it; absent where there are no keys. */
  service?: Glob;
}

/**
 * The most characters of places that are compared with each other: a hostile policy is refused before it costs work. It is
 * twice what a policy can hold, so that nobody else meets it.
 */
const mostCharacters = 2 * mostPolicyCharacters;

const listActions: readonly string[] = actionsAt("list", "READWRITE", operationGroups);

/** Do requests for this action have a prefix? Of others a condition on it never holds, and its negation always does. */
export function takesPrefix(action: string): boolean {
  return listActions.includes(action);
}

/**
 * What a scope allows. It comes from the statements that are sent where no caller has a policy of its own: one place says
 * what a scope is.
 */
export function grantedBy(scope: Scope, setting: PolicySetting): Granted {
  const statements = statementsOf(scope, setting);
  const onKeys = statements.filter(({ Action }) => Action.some((action) => action.startsWith("kms:")));
  const [service] = onKeys.flatMap(({ Condition }) => valuesOf(Condition?.["StringEquals"]) ?? []);
  return {
    bucket: readGlob(bucketArn(scope, setting)),
    onS3: statements.filter((statement) => !onKeys.includes(statement)).map(granted),
    onKeys: onKeys.map(granted),
    ...(service !== undefined && { service }),
  };
}

function granted({ Action, Resource, Condition }: Statement): GrantedStatement {
  const values = valuesOf(Condition?.["StringLike"]);
  return {
    actions: Action,
    resources: Resource.map((text) => readGlob(text)),
    ...(values && { values }),
  };
}

function valuesOf(keys: Record<string, readonly string[]> | undefined): Glob[] | undefined {
  return keys && Object.values(keys).flatMap((texts) => texts.map((text) => readGlob(text)));
}

/** The rights on objects and the bucket that a grant and the caller's Allows have in common. */
export function rightsOnS3({ onS3 }: Granted, allows: readonly CallersStatement[]): Right[] {
  const rights = onS3.flatMap((ours) =>
    allows.flatMap((allow) => {
      const actions = ours.actions.filter((action) => names(allow, action));
      const resources = actions.length > 0 ? narrow(ours.resources, allow.resources) : [];
      const [prefixes, others] = partition(allow.conditions, ({ key }) => key === prefixKey);
      // S3's requests have none of the keys of KMS.
      if (resources.length === 0 || others.length > 0) return [];
      const values = prefixes.length > 0 ? meet(ours.values ?? [anything], prefixes) : ours.values;
      return actions
        .filter((action) => prefixes.length === 0 || takesPrefix(action))
        .flatMap((action) =>
          resources.map((resource): Right => ({ action, resource, ...(values && { values }) })),
        );
    }),
  );
  return merge(rights);
}

/**
 * The rights on keys: the grant's own statement, for the objects that are left. A key without an object is of no use. Contexts
 * that the caller names are met as well.
 */
export function rightsOnKeys(
  { bucket, onKeys, service = "" }: Granted,
  allows: readonly CallersStatement[],
  onS3: readonly Right[],
): Right[] {
  const objects = reduce(onS3.map(({ resource }) => resource).filter((resource) => resource !== bucket));
  if (objects.length === 0) return [];
  const rights = onKeys.flatMap((ours) => {
    const contexts = [bucket, ...objects].filter((one) => ours.values?.some((value) => covers(value, one)));
    return allows.flatMap((allow) => {
      const actions = ours.actions.filter((action) => names(allow, action));
      const resources = actions.length > 0 ? narrow(ours.resources, allow.resources) : [];
      const [services, others] = partition(allow.conditions, ({ key }) => key === serviceKey);
      const isThroughS3 = services.every(({ values }) => values.some(({ glob }) => covers(glob, service)));
      if (resources.length === 0 || !isThroughS3 || others.some(({ key }) => key !== contextKey)) return [];
      const values = meet(contexts, others);
      return actions.flatMap((action) => resources.map((resource): Right => ({ action, resource, values })));
    });
  });
  return merge(rights);
}

/** Does a statement name an action? */
export function names({ actions }: CallersStatement, action: string): boolean {
  return actions.some(({ glob }) => covers(glob, action.toLowerCase()));
}

/** What of places lies in one of the caller's, too. */
function narrow(places: readonly Glob[], terms: readonly Term[]): Glob[] {
  const found = new Set<Glob>();
  let characters = 0;
  for (const place of places)
    for (const { glob } of terms)
      for (const common of intersect(place, glob)) {
        if (found.has(common)) continue;
        found.add(common);
        characters += common.length;
        if (characters > mostCharacters) throw tooManyPlaces();
      }
  return reduce(found);
}

/** What of values meets every condition. */
function meet(values: readonly Glob[], conditions: readonly CallersCondition[]): Glob[] {
  return conditions.reduce((left, condition) => narrow(left, condition.values), [...values]);
}

/** The same rights, each once: without those that others hold. */
function merge(rights: readonly Right[]): Right[] {
  const shortened = new Map<string, Glob[]>();
  /** Most actions have the same places: what is compared is compared once. */
  const shorten = (globs: readonly Glob[]) => {
    const distinct = [...new Set(globs)].sort();
    if (distinct.join("").length > mostCharacters) throw tooManyPlaces();
    const text = JSON.stringify(distinct);
    const short = shortened.get(text) ?? reduce(distinct);
    shortened.set(text, short);
    return short;
  };
  return batches(rights, ({ action }) => action).flatMap((ofAction) => {
    const [{ action }] = ofAction;
    const [limited, anyhow] = partition(ofAction, ({ values }) => values !== undefined);
    const resources = shorten(anyhow.map(({ resource }) => resource));
    const ofResources = batches(limited, ({ resource }) => resource).map((same): Right => {
      const [{ resource }] = same;
      return { action, resource, values: shorten(same.flatMap(({ values = [] }) => values)) };
    });
    return [
      ...resources.map((resource): Right => ({ action, resource })),
      ...ofResources.filter(({ resource, values }) => values?.length !== 0 && !resources.includes(resource)),
    ];
  });
}

/** The rights that no Deny takes away as a whole, whatever the request. */
export function without(denies: readonly CallersStatement[], rights: readonly Right[]): Right[] {
  return rights.flatMap((right): Right[] => {
    const ofRight = denies.filter(
      (deny) => names(deny, right.action) && deny.resources.some(({ glob }) => covers(glob, right.resource)),
    );
    const isDenied = (prefix?: Glob) =>
      ofRight.some(({ conditions }) => conditions.every((condition) => alwaysHolds(condition, prefix)));
    if (right.values === undefined || !takesPrefix(right.action)) return isDenied() ? [] : [right];
    const values = right.values.filter((value) => !isDenied(value));
    return values.length > 0 ? [{ ...right, values }] : [];
  });
}

function alwaysHolds({ operator, key, values }: CallersCondition, prefix: Glob | undefined): boolean {
  const isMet = prefix !== undefined && values.some(({ glob }) => covers(glob, prefix));
  return key === prefixKey && !isNegated(operator) && isMet;
}

function isNegated(operator: string): boolean {
  return operator.includes("Not");
}

/** What a Deny takes away of rights, as far as it has an effect on them: places inside of the grant. */
export function denialsBy(deny: CallersStatement, rights: readonly Right[], { bucket }: Granted): Denial[] {
  const { conditions, resources } = deny;
  const objects = narrow([behind(`${bucket}/`)], resources);
  const isOfLists = conditions.some(({ key, operator }) => key === prefixKey && !isNegated(operator));
  return batches(rights, ({ resource }) => resource).flatMap((ofResource) => {
    const [{ resource }] = ofResource;
    // The bucket and the keys are names, of which a Deny takes all or nothing.
    const isDenied = () => resources.some(({ glob }) => covers(glob, resource));
    const places = resource.startsWith(`${bucket}/`)
      ? objects.filter((object) => overlap(object, resource))
      : [resource].filter(isDenied);
    return ofResource
      .filter(({ action }) => names(deny, action) && (!isOfLists || takesPrefix(action)))
      .flatMap(({ action }) => places.map((place): Denial => ({ action, resource: place, conditions })));
  });
}

function partition<T>(all: readonly T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}

function tooManyPlaces(): VendError {
  return new VendError(
    "policy_too_large",
    "What this session policy and the grant both allow has too many places for one policy. Name fewer, with fewer wildcards.",
  );
}
