import type { ContextValues } from "./iam/context.ts";
import { type Decision, evaluate } from "./iam/evaluate.ts";
import { MalformedPolicy } from "./iam/malformed-policy.ts";
import { type ParsedPolicy, parsePolicy } from "./iam/parse-policy.ts";
import { isObject } from "./iam/policy-json.ts";

/**
 * A role's trust policy. As AWS does, it keeps the unique id of a user or role that it names: one that was deleted and
 * made anew under the same name is not trusted any more.
 */
export interface TrustPolicy {
  /** What stands beside the statements. */
  readonly head: Readonly<Record<string, unknown>>;
  readonly statements: readonly TrustStatement[];
}

interface TrustStatement {
  /** By kind. `*` stands for everybody. */
  principals: "*" | Readonly<Record<string, readonly string[]>>;
  /** The statement without its principals. */
  source: Readonly<Record<string, unknown>>;
  /** The same, in the form of an identity policy. */
  rest: ParsedPolicy;
}

/** A caller, with all names by which a trust policy can name it. */
interface TrustPrincipal {
  kind: "AWS" | "Federated";
  /** The id of the caller's user or role, the ARN of its session, its account, and `*`. */
  names: readonly string[];
}

/** A user or a role of the account. */
interface Identity {
  arn: string;
  id: string;
}

/** The policy of a role that nobody may assume. */
export const untrusting: TrustPolicy = { head: {}, statements: [] };

/**
 * Reads a role's trust policy. The users and roles of the account that it names must be among `identities`.
 *
 * @throws MalformedPolicy
 */
export function readTrust(
  policy: unknown,
  account: { accountId: string; identities: readonly Identity[] },
): TrustPolicy {
  if (!isObject(policy)) throw new MalformedPolicy("$", "not an object");
  const { Statement: statements, ...head } = policy;
  const bind = (kind: string, name: string) => (kind === "AWS" ? boundName(name, account) : name);
  return {
    head,
    statements: [statements].flat().map((statement, at) => {
      const path = `$.Statement[${at}]`;
      if (!isObject(statement)) throw new MalformedPolicy(path, "not an object");
      const { Principal: principal, ...source } = statement;
      return {
        principals: readPrincipals(`${path}.Principal`, principal, bind),
        source,
        rest: parsePolicy(JSON.stringify({ ...head, Statement: { ...source, Resource: "*" } })),
      };
    }),
  };
}

/** The JSON of a trust policy. An id whose user or role is gone stands there as it is, as AWS shows it. */
export function trustDocument({ head, statements }: TrustPolicy, identities: readonly Identity[]): string {
  const arnOf = (name: string) => identities.find(({ id }) => id === name)?.arn ?? name;
  const shown = (names: readonly string[]) => (names.length === 1 ? names.map(arnOf)[0] : names.map(arnOf));
  return JSON.stringify({
    ...head,
    Statement: statements.map(({ principals, source: { Effect, ...source } }) => ({
      Effect,
      Principal:
        principals === "*"
          ? "*"
          : Object.fromEntries(Object.entries(principals).map(([kind, names]) => [kind, shown(names)])),
      ...source,
    })),
  });
}

/** The decision about a request by those statements of a trust policy that name the principal. */
export function trusts(
  { statements }: TrustPolicy,
  { kind, names }: TrustPrincipal,
  request: { action: string; resource: string; context: ContextValues },
): Decision {
  const naming = statements.filter(({ principals }) =>
    (principals === "*" ? ["*"] : principals[kind])?.some((name) => names.includes(name)),
  );
  return evaluate({ identity: naming.map(({ rest }) => rest) }, request);
}

function readPrincipals(
  path: string,
  principal: unknown,
  bind: (kind: string, name: string) => string | undefined,
): TrustStatement["principals"] {
  if (principal === "*") return "*";
  if (!isObject(principal)) throw new MalformedPolicy(path, "neither `*` nor an object");
  const read = (kind: string, name: unknown) => {
    if (typeof name !== "string") throw new MalformedPolicy(`${path}.${kind}`, "not a string");
    const bound = bind(kind, name);
    if (bound === undefined) throw new MalformedPolicy(`${path}.${kind}`, "Invalid principal in policy");
    return bound;
  };
  const kinds = Object.entries(principal);
  return Object.fromEntries(
    kinds.map(([kind, names]) => [kind, [names].flat().map((name) => read(kind, name))]),
  );
}

/** A principal as the policy keeps it. `undefined` for a user or role of the account that is not there. */
function boundName(
  name: string,
  { accountId, identities }: { accountId: string; identities: readonly Identity[] },
): string | undefined {
  const [, account] = /^arn:[^:]*:iam::(\d*):(?:user|role)\//.exec(name) ?? [];
  if (account === accountId || /^A(?:ID|RO)A[A-Z0-9]{16,}$/.test(name))
    return identities.find(({ arn, id }) => name === arn || name === id)?.id;
  return name;
}
