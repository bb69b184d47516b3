import { covers, type Glob, needsEscapes, readGlob } from "./caller-policy-glob.ts";
import type { Dialect } from "./dialect.ts";
import { VendError } from "./errors.ts";
import { faultOfRange } from "./ip-range-syntax.ts";
import { mostPolicyCharacters, type PolicySetting } from "./policy.ts";

/** A text of the caller's policy as it stands there, and its meaning. */
export interface Term {
  text: string;
  glob: Glob;
}

/** One operator on one key; one of the values must meet it. */
export interface CallersCondition {
  operator: string;
  /** In lower case. */
  key: string;
  values: readonly Term[];
}

/** A statement of the caller's policy; each of its elements is understood. */
export interface CallersStatement {
  effect: "Allow" | "Deny";
  /** Their globs are in lower case, in which IAM compares actions. */
  actions: readonly Term[];
  resources: readonly Term[];
  /** All of them must hold. */
  conditions: readonly CallersCondition[];
}

/** The key of a list's prefix, and those by which KMS says for what a key is used; in lower case. */
export const prefixKey = "s3:prefix";
export const serviceKey = "kms:viaservice";
export const contextKey = "kms:encryptioncontext:aws:s3:arn";

/** Is a text a value of an operator? */
type IsValue = (text: string) => boolean;
const isBoolean: IsValue = (text) => text === "true" || text === "false";
const isRange: IsValue = (text) =>
  faultOfRange(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`) === undefined;

/** What may stand in a condition: for each key, its operators. */
type Conditions = Readonly<Record<string, Readonly<Record<string, IsValue | undefined>>>>;

const equalOrLike = { StringEquals: undefined, StringLike: undefined };

/** An Allow that is only half understood would be a wider one: this is all that an Allow may depend on. */
const onAllow: Conditions = {
  [prefixKey]: equalOrLike,
  [serviceKey]: equalOrLike,
  [contextKey]: equalOrLike,
};

/**
 * A Deny keeps its conditions as they are. They are those that AWS knows of any request, so that none makes STS refuse the
 * policy.
 */
const onDeny: Conditions = {
  [prefixKey]: { ...equalOrLike, StringNotEquals: undefined, StringNotLike: undefined },
  "aws:securetransport": { Bool: isBoolean },
  "aws:sourceip": { IpAddress: isRange, NotIpAddress: isRange },
  "aws:sourcevpc": { StringEquals: undefined, StringNotEquals: undefined },
  "aws:sourcevpce": { StringEquals: undefined, StringNotEquals: undefined },
};

/** Other stores differ in what they take a negation or an unknown key for. */
const onDenyElsewhere: Conditions = { [prefixKey]: equalOrLike };

/** Refuses the caller's policy; `why` follows the place of the fault. */
type Refuse = (why: string) => never;

/**
 * Reads a session policy that a caller sent. What is not understood is refused and never left out, since a statement without
 * one of its elements would allow more.
 *
 * @throws VendError `invalid_request` with the field `policy`
 * @example readCallersPolicy('{"Version":"2012-10-17","Statement":[…]}', storage)[0]?.effect // "Allow"
 */
export function readCallersPolicy(
  policy: string,
  { dialect, partition }: Pick<PolicySetting, "dialect" | "partition">,
): CallersStatement[] {
  if (policy.length > mostPolicyCharacters)
    refuse(`must not be longer than the ${mostPolicyCharacters} characters that STS takes`);
  const document = membersOf(parse(policy), ["Version", "Id", "Statement"], refuseAt("The policy"));
  const { Version, Id, Statement } = document;
  if (Id !== undefined && typeof Id !== "string") refuse("must have a text as its Id");
  // Before 2012-10-17 `${` begins no variable. It is refused there, so that one reading of a text is enough.
  const hasVariables = Version === "2012-10-17";
  if (!hasVariables && Version !== undefined && Version !== "2008-10-17")
    refuse('must have the Version "2012-10-17" or "2008-10-17"');
  const statements = [Statement].flat();
  if (Statement === undefined || statements.length === 0) refuse("must have a Statement");
  return statements.map((statement, at) =>
    readStatement(statement, {
      ...{ hasVariables, dialect, partition },
      refuse: refuseAt(`Statement ${at + 1}`),
    }),
  );
}

/** What the reading of a statement depends on. */
interface Reading {
  hasVariables: boolean;
  dialect: Dialect;
  partition: string;
  refuse: Refuse;
}

function readStatement(value: unknown, reading: Reading): CallersStatement {
  const { refuse } = reading;
  const statement = membersOf(value, ["Sid", "Effect", "Action", "Resource", "Condition"], refuse);
  const { Sid, Effect, Action, Resource, Condition } = statement;
  if (Sid !== undefined && typeof Sid !== "string") refuse("has a Sid that is no text");
  if (Effect !== "Allow" && Effect !== "Deny") return refuse("needs the Effect Allow or Deny");
  const known = Effect === "Allow" ? onAllow : reading.dialect.hasEscapes ? onDeny : onDenyElsewhere;
  return {
    effect: Effect,
    actions: textsOf(Action, "Action", reading).map((text) => readAction(text, refuse)),
    resources: textsOf(Resource, "Resource", reading).map((text) => readResource(text, Effect, reading)),
    conditions: Condition === undefined ? [] : readConditions(Condition, { known, effect: Effect }, reading),
  };
}

function readAction(text: string, refuse: Refuse): Term {
  if (text !== "*" && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(text))
    refuse(`has the Action ${text}, which is neither * nor a service and an action`);
  return { text, glob: readGlob(text.toLowerCase()) };
}

/**
 * A wildcard in the first parts of an ARN may reach beyond the colon behind it (IAM says: where it is the part's last character),
 * and so into S3's keys, which may hold colons. A Deny is taken so, as a whole. Of an Allow each part counts by itself, which
 * never allows more.
 */
function readResource(text: string, effect: CallersStatement["effect"], reading: Reading): Term {
  if (text === "*") return readTerm(text, true, reading);
  const [arn, partition = "", service = "", region = "", account = "", ...rest] = text.split(":");
  if (arn !== "arn" || rest.length === 0)
    reading.refuse(`has the Resource ${text}, which is neither * nor an ARN`);
  if (/[*?]/.test(service)) reading.refuse(`has the Resource ${text}, whose service has a wildcard`);
  if (effect === "Deny") return readTerm(text, true, reading);
  const isOurs = (pattern: string, value: string) => covers(readGlob(pattern), value);
  const head = `arn:${reading.partition}:${service}`;
  if (!isOurs(partition, reading.partition)) return { text, glob: nowhere };
  if (service === "kms")
    return { text, glob: readTerm([head, region, account, ...rest].join(":"), true, reading).glob };
  if (service !== "s3" || !isOurs(region, "") || !isOurs(account, "")) return { text, glob: nowhere };
  return { text, glob: readTerm([head, "", "", ...rest].join(":"), true, reading).glob };
}

/** No resource is named so. */
const nowhere = readGlob("arn:");

function readConditions(
  block: unknown,
  { known, effect }: { known: Conditions; effect: string },
  reading: Reading,
): CallersCondition[] {
  const { refuse } = reading;
  const conditions = entriesOf(block, "Condition", refuse).flatMap(([operator, keys]) =>
    entriesOf(keys, operator, refuse).map(([name, values]): CallersCondition => {
      const key = name.toLowerCase();
      const operators = Object.hasOwn(known, key) ? known[key] : undefined;
      if (operators === undefined || !Object.hasOwn(operators, operator))
        return refuse(
          `has the condition ${printable(operator)} on ${printable(name)}, which keyvend does not take of ${effect} here`,
        );
      const isValue = operators[operator];
      const texts = textsOf(values, key, reading);
      if (isValue !== undefined && !texts.every(isValue)) refuse(`has a value of ${key} that it cannot have`);
      const hasWildcards = operator.endsWith("Like");
      return { operator, key, values: texts.map((text) => readTerm(text, hasWildcards, reading)) };
    }),
  );
  const places = conditions.map(({ operator, key }) => `${operator} ${key}`);
  if (new Set(places).size < places.length) refuse("has one condition twice, in different case");
  return conditions;
}

/** Variables would have to be known here; an escape outside of AWS is read as a wildcard, and would allow more. */
function readTerm(text: string, hasWildcards: boolean, { hasVariables, dialect, refuse }: Reading): Term {
  if (/\$\{(?![*?$]\})/.test(text) || (!hasVariables && text.includes("${")))
    refuse(`has ${text}, with a variable: of these, only the escapes \${*}, \${?} and \${$} are taken`);
  if (hasWildcards && !dialect.hasEscapes && text.includes("?"))
    refuse(
      `has ${text}, with a ?: outside of AWS some stores read it as one byte, and others as one character`,
    );
  const glob = readGlob(text, hasWildcards);
  if (needsEscapes(glob) && !dialect.hasEscapes)
    refuse(`has ${text}, with a literal *, ? or $: this storage's policies hold none`);
  return { text, glob };
}

/** IAM takes one text wherever it takes a list, and booleans without quotation marks. */
function textsOf(value: unknown, name: string, { dialect, refuse }: Reading): string[] {
  const texts = [value]
    .flat()
    .map((text) => (typeof text === "boolean" ? String(text) : text))
    .map((text) => (typeof text === "string" ? text : refuse(`needs texts as its ${name}`)));
  if (texts.length === 0) refuse(`has an empty list as its ${name}`);
  const characters = dialect.hasAllCharacters ? /^[^\p{Cc}\p{Cs}]*$/u : /^[\u0020-\u007e\u00a0-\u00ff]*$/;
  if (!texts.every((text) => characters.test(text)))
    refuse(`has a character in its ${name} that session policies cannot hold`);
  return texts;
}

function entriesOf(value: unknown, name: string, refuse: Refuse): [string, unknown][] {
  const entries = isObject(value) ? Object.entries(value) : [];
  return entries.length > 0 ? entries : refuse(`needs conditions in its ${printable(name)}`);
}

function membersOf<Name extends string>(
  value: unknown,
  known: readonly Name[],
  refuse: Refuse,
): { readonly [N in Name]?: unknown } {
  if (!isObject(value)) return refuse("must be an object");
  const unknown = Object.keys(value).find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) refuse(`has the element ${printable(unknown)}, which keyvend does not take`);
  return value as { readonly [N in Name]?: unknown };
}

/** Of a member that stands twice, readers take one or the other: it is refused. */
function parse(policy: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(policy);
  } catch {
    return refuse("must be JSON");
  }
  // Outside of its texts, JSON has one colon for each member that is written.
  const written = policy.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
  if (written !== countOfMembers(document)) refuse("must not have a member twice in one object");
  return document;
}

function countOfMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce((count: number, member) => count + countOfMembers(member), 0);
  return Array.isArray(value) ? inside : inside + Object.keys(value).length;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function printable(text: string): string {
  return text.replace(/[^\u0020-\u007e]/g, "?").slice(0, 64);
}

function refuseAt(place: string): Refuse {
  return (why) => refuse(`is not understood. ${place} ${why}`);
}

function refuse(message: string): never {
  throw new VendError("invalid_request", `The session policy ${message}.`, {
    fields: [{ field: "policy", message }],
  });
}
