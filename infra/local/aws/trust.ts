import type { ContextValues } from "./iam/context.ts";
import { type Decision, evaluate } from "./iam/evaluate.ts";
import { MalformedPolicy } from "./iam/malformed-policy.ts";
import { type ParsedPolicy, parsePolicy } from "./iam/parse-policy.ts";
import { isObject } from "./iam/policy-json.ts";

/**
 * One statement of a role's trust policy. The rest of it, without the principals, has the form of an identity policy.
 */
export interface TrustStatement {
  principals: Readonly<Record<string, readonly string[]>>;
  rest: ParsedPolicy;
}

/** A caller, with all names by which a trust policy can name it. */
interface TrustPrincipal {
  kind: "AWS" | "Federated";
  /** The ARNs of the session and of its user or role, its account, and `*`. */
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

/** The decision about a request by those statements of a trust policy that name the principal. */
export function trusts(
  trust: readonly TrustStatement[],
  principal: TrustPrincipal,
  request: { action: string; resource: string; context: ContextValues },
): Decision {
  const statements = trust.filter(({ principals }) =>
    principals[principal.kind]?.some((name) => principal.names.includes(name)),
  );
  return evaluate({ identity: statements.map(({ rest }) => rest) }, request);
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
