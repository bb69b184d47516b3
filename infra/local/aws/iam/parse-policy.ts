import type { PolicyCondition } from "./condition.ts";
import { MalformedPolicy, type Refuse } from "./malformed-policy.ts";
import { operators } from "./operators.ts";
import { type Pattern, readPattern } from "./pattern.ts";
import {
  type Elements,
  elementsAt,
  entriesAt,
  listAt,
  parseJson,
  refuseAt,
  scalarAt,
  stringAt,
} from "./policy-json.ts";

/** A policy in the form by which `evaluate` decides. */
export interface ParsedPolicy {
  readonly statements: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly effect: "Allow" | "Deny";
  /** Patterns in lower case: IAM compares actions without regard to case. */
  readonly actions: Selector;
  readonly resources: Selector;
  /** All of these must hold. */
  readonly conditions: readonly PolicyCondition[];
}

/** `Action` or `NotAction`, `Resource` or `NotResource`. */
export interface Selector {
  readonly negated: boolean;
  readonly patterns: readonly Pattern[];
}

/**
 * Reads an identity or session policy. It is stricter than IAM, which accepts empty lists and empty condition blocks:
 * they can only be mistakes, and are refused. STS's limits on size are not checked here.
 *
 * @throws MalformedPolicy with the path of the first fault
 * @example parsePolicy('{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}')
 */
export function parsePolicy(json: string): ParsedPolicy {
  const root = "$";
  const policy = elementsAt(root, parseJson(json), ["Version", "Id", "Statement"]);
  if (policy.Id !== undefined) stringAt(`${root}.Id`, policy.Id);
  const variables = readVersion(`${root}.Version`, policy.Version) === "2012-10-17";

  const path = `${root}.Statement`;
  const statements = listAt(path, policy.Statement).map(([at, statement]) =>
    readStatement(at, statement, variables),
  );
  const sids = statements.flatMap(({ sid }) => sid ?? []);
  if (new Set(sids).size < sids.length) throw new MalformedPolicy(path, "a Sid that stands twice");
  return { statements: statements.map(({ statement }) => statement) };
}

function readVersion(path: string, version: unknown): string {
  if (version === undefined) return "2008-10-17";
  const text = stringAt(path, version);
  if (text === "2008-10-17" || text === "2012-10-17") return text;
  throw new MalformedPolicy(path, "neither 2012-10-17 nor 2008-10-17");
}

const statementElements = [
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
] as const;
type StatementElement = (typeof statementElements)[number];

function readStatement(path: string, value: unknown, variables: boolean) {
  const source = elementsAt(path, value, statementElements);
  const statement: PolicyStatement = {
    effect: readEffect(`${path}.Effect`, source.Effect),
    actions: readSelector(path, source, "Action", readAction),
    resources: readSelector(path, source, "Resource", (text, refuse) =>
      readResource(text, variables, refuse),
    ),
    conditions:
      source.Condition === undefined ? [] : readConditions(`${path}.Condition`, source.Condition, variables),
  };
  return { statement, sid: readSid(`${path}.Sid`, source.Sid) };
}

function readSid(path: string, sid: unknown): string | undefined {
  if (sid === undefined) return undefined;
  const text = stringAt(path, sid);
  if (!/^[A-Za-z0-9]*$/.test(text)) throw new MalformedPolicy(path, "not letters and digits alone");
  return text;
}

function readEffect(path: string, effect: unknown): "Allow" | "Deny" {
  if (effect === "Allow" || effect === "Deny") return effect;
  throw new MalformedPolicy(path, "neither Allow nor Deny");
}

function readSelector(
  path: string,
  source: Elements<StatementElement>,
  element: "Action" | "Resource",
  read: (text: string, refuse: Refuse) => Pattern,
): Selector {
  const present = [element, `Not${element}` as const].filter((name) => source[name] !== undefined);
  const [name] = present;
  if (name === undefined || present.length > 1)
    throw new MalformedPolicy(path, `needs either ${element} or Not${element}`);
  const patterns = listAt(`${path}.${name}`, source[name]).map(([at, text]) =>
    read(stringAt(at, text), refuseAt(at)),
  );
  return { negated: name !== element, patterns };
}

function readAction(text: string, refuse: Refuse): Pattern {
  if (text !== "*" && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(text))
    return refuse("neither `*` nor a service and an action");
  return readPattern(text.toLowerCase(), { variables: false, wildcards: true }, refuse);
}

function readResource(text: string, variables: boolean, refuse: Refuse): Pattern {
  if (text !== "*" && !(text.startsWith("arn:") && text.split(":").length >= 6))
    return refuse("neither `*` nor an ARN of six components");
  return readPattern(text, { variables, wildcards: true }, refuse);
}

function readConditions(path: string, block: unknown, variables: boolean): PolicyCondition[] {
  return entriesAt(path, block).flatMap(([operatorPath, operator, keys]) =>
    entriesAt(operatorPath, keys).map(([keyPath, key, values]) =>
      readCondition(refuseAt(operatorPath), operator, keyPath, key.toLowerCase(), values, variables),
    ),
  );
}

const operatorName = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

function readCondition(
  refuse: Refuse,
  operator: string,
  path: string,
  key: string,
  values: unknown,
  variables: boolean,
): PolicyCondition {
  const items = listAt(path, values).map(([at, value]) => [scalarAt(at, value), refuseAt(at)] as const);
  if (operator === "Null") return { kind: "presence", key, missing: items.map(readBoolean) };

  const [, set, name = "", ifExists] = operatorName.exec(operator) ?? [];
  const { read, negated } = operators.get(name) ?? refuse("not a condition operator");
  return {
    kind: "comparison",
    key,
    values: set === undefined ? "single" : set === "ForAllValues" ? "all" : "any",
    negated,
    ifExists: ifExists !== undefined,
    matchers: items.map(([text, refuseValue]) => read(text, variables, refuseValue)),
  };
}

function readBoolean([text, refuse]: readonly [string, Refuse]): boolean {
  return text === "true" || (text === "false" ? false : refuse("neither true nor false"));
}
