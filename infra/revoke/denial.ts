import * as z from "zod/mini";

/** Which sessions of a role or user a Deny is for: those with this value. */
export interface Narrowing {
  key: "aws:userid" | "aws:SourceIdentity" | `aws:PrincipalTag/${string}`;
  value: string;
}

/** Sessions that are ended at AWS. Times are epoch milliseconds, in whole seconds. */
export interface Denial {
  /** Absent: all sessions of the role or user. */
  narrowing?: Narrowing;
  /** Those that were issued before. */
  before: number;
  /** When all of them will have expired: then the Deny does nothing any more. */
  until: number;
}

/** Somebody has changed our policy: what it means is not guessed at. */
export class ForeignPolicy extends Error {
  override readonly name = "ForeignPolicy";
}

/** The user id of a session is an id of its role or account, a colon and its name, which has no colon. */
export function bySessionName(name: string): Narrowing {
  return { key: "aws:userid", value: `*:${name}` };
}

/** These denials and those, each once. */
export function together(some: readonly Denial[], others: readonly Denial[]): Denial[] {
  return [...some, ...others.filter((other) => !some.some((one) => isSameDenial(one, other)))];
}

/** These denials without those. */
export function without(denials: readonly Denial[], taken: readonly Denial[]): Denial[] {
  return denials.filter((denial) => !taken.some((other) => isSameDenial(denial, other)));
}

/** Without those whose sessions have all expired. */
export function tidied(denials: readonly Denial[], now: number): Denial[] {
  return denials.filter(({ until }) => now < until);
}

function isSameDenial(one: Denial, other: Denial): boolean {
  return keyOf(one) === keyOf(other) && one.before === other.before;
}

function later(one: Denial, other: Denial): Denial {
  return { ...one, before: Math.max(one.before, other.before), until: Math.max(one.until, other.until) };
}

function keyOf({ narrowing }: Pick<Denial, "narrowing">): string {
  return JSON.stringify(narrowing ? [narrowing.key, narrowing.value] : []);
}

/**
 * The policy that ends these sessions, as compact as it can be without ending any other. Requests by a long-term key have no time of
 * issue, so that it does not hold for them.
 *
 * @returns `undefined` for no denials, since a policy must have a statement
 * @example policyOf([{ before, until }]) // '{"Version":"2012-10-17","Statement":[…]}'
 */
export function policyOf(denials: readonly Denial[]): string | undefined {
  if (denials.length === 0) return undefined;
  const alike = Map.groupBy(denials, ({ narrowing, before, until }) =>
    JSON.stringify([narrowing?.key, before, until]),
  );
  const Statement = Array.from(alike.values(), (group, n) => statementOf(group, n));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

/**
 * The same in fewer statements, for where there is no room: of denials for the same sessions the later one counts, and targets that
 * get nothing new have the time of the last of them, since that ends no more sessions than there are. None of them can be lifted
 * by itself any more.
 */
export function joined(denials: readonly Denial[], getsNothing: (narrowing: Narrowing) => boolean): Denial[] {
  const latest = Array.from(Map.groupBy(denials, keyOf).values(), (group) => group.reduce(later));
  const mayJoin = ({ narrowing }: Denial) => narrowing !== undefined && getsNothing(narrowing);
  const groups = Map.groupBy(latest.filter(mayJoin), ({ narrowing }) => narrowing?.key);
  return [
    ...latest.filter((denial) => !mayJoin(denial)),
    ...[...groups.values()].flatMap((group) => {
      const { before, until } = group.reduce(later);
      return group.map((denial) => ({ ...denial, before, until }));
    }),
  ];
}

function statementOf(group: readonly Denial[], n: number): object {
  const [{ narrowing, before, until }] = group as [Denial];
  const values = group.flatMap((each) => each.narrowing?.value ?? []);
  return {
    // IAM takes letters and digits, each name once, and shows the operator when this is over.
    Sid: `Until${isoSeconds(until).replace(/[-:]/g, "")}N${n + 1}`,
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: {
      DateLessThan: { "aws:TokenIssueTime": isoSeconds(before) },
      ...(narrowing && {
        [operatorOf(narrowing.key)]: { [narrowing.key]: values.length === 1 ? values[0] : values },
      }),
    },
  };
}

function operatorOf(key: Narrowing["key"]): "StringLike" | "StringEquals" {
  return key === "aws:userid" ? "StringLike" : "StringEquals";
}

function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

const isoTime = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/));
/** No wildcard but the first, and no variable: neither a session's name nor a tag's value has such characters. */
const value = z.string().check(z.regex(/^(?:\*:)?[^*?$]+$/));
const values = z.union([value, z.array(value).check(z.minLength(1))]);
const statement = z.strictObject({
  Sid: z.string().check(z.regex(/^Until\d{8}T\d{6}ZN\d+$/)),
  Effect: z.literal("Deny"),
  Action: z.literal("*"),
  Resource: z.literal("*"),
  Condition: z.strictObject({
    DateLessThan: z.strictObject({ "aws:TokenIssueTime": isoTime }),
    StringLike: z.exactOptional(z.strictObject({ "aws:userid": values })),
    StringEquals: z.exactOptional(
      z.record(
        z.templateLiteral(["aws:", z.string().check(z.regex(/^(?:SourceIdentity|PrincipalTag\/.+)$/))]),
        values,
      ),
    ),
  }),
});
const policy = z.strictObject({
  Version: z.literal("2012-10-17"),
  Statement: z.array(statement).check(z.minLength(1)),
});

/**
 * Reads what `policyOf` has written.
 *
 * @throws ForeignPolicy for anything else
 */
export function readDenials(document: string): Denial[] {
  const { data } = policy.safeParse(parsed(document));
  if (data === undefined) throw new ForeignPolicy("has another form than keyvend gives it");
  return data.Statement.flatMap(({ Sid, Condition }) => {
    const { DateLessThan, StringLike = {}, StringEquals = {} } = Condition;
    const narrowings = Object.entries({ ...StringLike, ...StringEquals }).flatMap(([key, values]) =>
      [values].flat().map((value) => ({ key, value }) as Narrowing),
    );
    const times = { before: Date.parse(DateLessThan["aws:TokenIssueTime"]), until: untilOf(Sid) };
    return narrowings.length === 0 ? [times] : narrowings.map((narrowing) => ({ narrowing, ...times }));
  });
}

function untilOf(sid: string): number {
  return Date.parse(sid.replace(/^Until(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ).*$/, "$1-$2-$3:$4:$5"));
}

function parsed(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    return undefined;
  }
}
