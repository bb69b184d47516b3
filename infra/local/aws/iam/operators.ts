import { BlockList, isIPv4 } from "node:net";
import type { RequestContext } from "./context.ts";
import { matchesGlob } from "./glob.ts";
import type { Refuse } from "./malformed-policy.ts";
import { fillIn, type Pattern, readPattern } from "./pattern.ts";

/** Whether a request's value matches a policy's value, before any negation. */
export type Matcher = (actual: string, context: RequestContext) => boolean;

/** Reads one value of a condition. `variables` says whether the policy's version has them. */
type ReadValue = (text: string, variables: boolean, refuse: Refuse) => Matcher;

interface Operator {
  read: ReadValue;
  /** True for `Not…` operators. They hold if no value matches, and so they hold if the key is missing. */
  negated: boolean;
}

const string: ReadValue = (text, variables, refuse) =>
  globMatcher(readPattern(text, { variables, wildcards: false }, refuse));

const stringIgnoringCase: ReadValue = (text, variables, refuse) => {
  const pattern = readPattern(text, { variables, wildcards: false }, refuse);
  return (actual, context) => fillIn(pattern, context)?.join("").toLowerCase() === actual.toLowerCase();
};

const stringLike: ReadValue = (text, variables, refuse) =>
  globMatcher(readPattern(text, { variables, wildcards: true }, refuse));

/** Compares each of the six components on its own: a wildcard does not match the colons before the resource. */
const arn: ReadValue = (text, variables, refuse) => {
  const components = splitSix(readPattern(text, { variables, wildcards: true }, refuse));
  if (components.length < 6) return refuse("not an ARN: it has fewer than six components");
  const matchers = components.map(globMatcher);
  return (actual, context) => {
    const actuals = splitSix(actual.split("")).map((component) => component.join(""));
    return actuals.length === 6 && matchers.every((matches, at) => matches(actuals[at] ?? "", context));
  };
};

const bool: ReadValue = (text, _variables, refuse) => {
  const policyValue = text.toLowerCase();
  if (policyValue !== "true" && policyValue !== "false") return refuse("neither true nor false");
  return (actual) => actual.toLowerCase() === policyValue;
};

const ipRange: ReadValue = (text, _variables, refuse) => {
  if (text.includes(":")) return refuse("IPv6 ranges are not evaluated here");
  const [address = "", bits = "32", ...rest] = text.split("/");
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || rest.length > 0)
    return refuse("not an IPv4 address or range");
  const range = new BlockList();
  range.addSubnet(address, Number(bits));
  return (actual) => isIPv4(actual) && range.check(actual);
};

type Comparison = (actual: number, policyValue: number) => boolean;

const equal: Comparison = (actual, policyValue) => actual === policyValue;
const less: Comparison = (actual, policyValue) => actual < policyValue;
const lessOrEqual: Comparison = (actual, policyValue) => actual <= policyValue;
const greater: Comparison = (actual, policyValue) => actual > policyValue;
const greaterOrEqual: Comparison = (actual, policyValue) => actual >= policyValue;

function numeric(holds: Comparison): ReadValue {
  return comparison(number, "a number", holds);
}

function date(holds: Comparison): ReadValue {
  return comparison(instant, "a date", holds);
}

function comparison(parse: (text: string) => number | undefined, noun: string, holds: Comparison): ReadValue {
  return (text, _variables, refuse) => {
    const policyValue = parse(text) ?? refuse(`not ${noun}`);
    return (actual) => {
      const value = parse(actual);
      return value !== undefined && holds(value, policyValue);
    };
  };
}

function is(read: ReadValue): Operator {
  return { read, negated: false };
}

function isNot(read: ReadValue): Operator {
  return { read, negated: true };
}

/** The condition operators of IAM by name, except `Null`, which is about the key and not about its value. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  ["StringEquals", is(string)],
  ["StringNotEquals", isNot(string)],
  ["StringEqualsIgnoreCase", is(stringIgnoringCase)],
  ["StringNotEqualsIgnoreCase", isNot(stringIgnoringCase)],
  ["StringLike", is(stringLike)],
  ["StringNotLike", isNot(stringLike)],
  ["ArnEquals", is(arn)],
  ["ArnNotEquals", isNot(arn)],
  ["ArnLike", is(arn)],
  ["ArnNotLike", isNot(arn)],
  ["NumericEquals", is(numeric(equal))],
  ["NumericNotEquals", isNot(numeric(equal))],
  ["NumericLessThan", is(numeric(less))],
  ["NumericLessThanEquals", is(numeric(lessOrEqual))],
  ["NumericGreaterThan", is(numeric(greater))],
  ["NumericGreaterThanEquals", is(numeric(greaterOrEqual))],
  ["DateEquals", is(date(equal))],
  ["DateNotEquals", isNot(date(equal))],
  ["DateLessThan", is(date(less))],
  ["DateLessThanEquals", is(date(lessOrEqual))],
  ["DateGreaterThan", is(date(greater))],
  ["DateGreaterThanEquals", is(date(greaterOrEqual))],
  ["Bool", is(bool)],
  ["IpAddress", is(ipRange)],
  ["NotIpAddress", isNot(ipRange)],
]);

/** A matcher of the whole value. A variable without a value matches nothing. */
export function globMatcher(pattern: Pattern): Matcher {
  return (actual, context) => {
    const glob = fillIn(pattern, context);
    return glob !== undefined && matchesGlob(glob, actual);
  };
}

/** Splits at the first five colons. With fewer colons there are fewer than six parts. */
function splitSix<T>(tokens: readonly T[]): T[][] {
  const parts: T[][] = [[]];
  for (const token of tokens) {
    if (token === ":" && parts.length < 6) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function number(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Epoch milliseconds of a date in W3C's form of ISO 8601, or of epoch seconds. */
function instant(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
