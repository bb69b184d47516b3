import type { ContextValues } from "./iam/context.ts";
import { type Decision, evaluate } from "./iam/evaluate.ts";
import { MalformedPolicy } from "./iam/malformed-policy.ts";
import { type ParsedPolicy, parsePolicy } from "./iam/parse-policy.ts";

/** One statement of a role's trust policy, its principals set apart from what an identity policy has too. */
export interface TrustStatement {
  principals: Readonly<Record<string, readonly string[]>>;
  rest: ParsedPolicy;
}

/** What a caller can be named as in a trust policy. */
interface NamedPrincipal {
  kind: "AWS" | "Federated";
  /** Its ARN, of the session and of who it belongs to, its account, and `*`. */
  names: readonly string[];
}

/**
 * Reads a role's trust policy.
 *
 * @throws MalformedPolicy
 */
export function readTrust(policy: Readonly<Record<string, unknown>>): TrustStatement[] {
  const { Statement: statements, ...document } = policy;
  return [statements].flat().map((statement, at) => {
    const path = `$.Statement[${at}]`;
    if (!isObject(statement)) throw new MalformedPolicy(path, "not an object");
    const { Principal: principal, ...rest } = statement;
    return {
      principals: readPrincipals(`${path}.Principal`, principal),
      rest: parsePolicy(JSON.stringify({ ...document, Statement: { ...rest, Resource: "*" } })),
    };
  });
}

/** Whether the statements that name this principal let it do so to the role. */
export function trusts(
  trust: readonly TrustStatement[],
  principal: NamedPrincipal,
  request: { action: string; resource: string; context: ContextValues },
): Decision {
  const naming = trust.filter(({ principals }) =>
    principals[principal.kind]?.some((name) => principal.names.includes(name)),
  );
  return evaluate({ identity: naming.map(({ rest }) => rest) }, request);
}

function readPrincipals(path: string, principal: unknown): Record<string, string[]> {
  if (principal === "*") return { AWS: ["*"], Federated: ["*"] };
  if (!isObject(principal)) throw new MalformedPolicy(path, "neither `*` nor an object");
  return Object.fromEntries(
    Object.entries(principal).map(([kind, names]) => [
      kind,
      [names].flat().map((name) => {
        if (typeof name !== "string") throw new MalformedPolicy(`${path}.${kind}`, "not a string");
        return name;
      }),
    ]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
