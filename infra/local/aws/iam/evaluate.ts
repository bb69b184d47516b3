import { holds } from "./condition.ts";
import { type ContextValues, type RequestContext, requestContext } from "./context.ts";
import type { Matcher } from "./operators.ts";
import { globMatcher } from "./operators.ts";
import type { ParsedPolicy, PolicyStatement, Selector } from "./parse-policy.ts";

// biome-ignore lint/performance/noBarrelFile: its callers need both functions, and import them from one place.
export { parsePolicy } from "./parse-policy.ts";

export type Decision = "allowed" | "explicit-deny" | "implicit-deny";

export interface Policies {
  identity: readonly ParsedPolicy[];
  /** Absent: a request without a session policy. An empty list allows nothing. */
  session?: readonly ParsedPolicy[];
}

interface AuthorizationRequest {
  /** For example `s3:GetObject`. */
  action: string;
  /** The ARN of the resource, without escapes; `*` for an action that has no particular resource. */
  resource: string;
  /** By condition key, without regard to case; an array where the key is multivalued. */
  context: ContextValues;
}

/**
 * Decides about a request by IAM's documented rules. A deny in any policy wins. Otherwise the identity's policies must
 * allow the request and, if there is a session policy, the session policy must allow it too.
 *
 * If the documentation leaves a condition open, an Allow does not apply and a Deny does.
 *
 * @example
 * evaluate(
 *   { identity: [parsePolicy(rolePolicy)], session: [parsePolicy(sessionPolicy)] },
 *   { action: "s3:ListBucket", resource: "arn:aws:s3:::lake", context: { "s3:prefix": "t1/" } },
 * );
 */
export function evaluate(policies: Policies, request: AuthorizationRequest): Decision {
  const context = requestContext(request.context);
  const layers = policies.session === undefined ? [policies.identity] : [policies.identity, policies.session];
  const effects = layers.map((layer) => effectsOn(layer, request, context));
  if (effects.some((ofLayer) => ofLayer.has("Deny"))) return "explicit-deny";
  return effects.every((ofLayer) => ofLayer.has("Allow")) ? "allowed" : "implicit-deny";
}

function effectsOn(
  policies: readonly ParsedPolicy[],
  request: AuthorizationRequest,
  context: RequestContext,
): Set<PolicyStatement["effect"]> {
  const effects = policies
    .flatMap(({ statements }) => statements)
    .filter((statement) => applies(statement, request, context))
    .map(({ effect }) => effect);
  return new Set(effects);
}

function applies(
  statement: PolicyStatement,
  request: AuthorizationRequest,
  context: RequestContext,
): boolean {
  const whenOpen = statement.effect === "Deny";
  return (
    selects(statement.actions, request.action.toLowerCase(), context) &&
    selects(statement.resources, request.resource, context) &&
    statement.conditions.every((condition) => holds(condition, context) ?? whenOpen)
  );
}

function selects(selector: Selector, name: string, context: RequestContext): boolean {
  const matchers: Matcher[] = selector.patterns.map(globMatcher);
  return selector.negated !== matchers.some((matches) => matches(name, context));
}
