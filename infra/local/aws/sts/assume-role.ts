import { generalContext } from "../authenticate.ts";
import { AwsFault } from "../aws-fault.ts";
import { type AwsCaller, decide } from "../caller.ts";
import type { ContextValues } from "../iam/context.ts";
import { evaluate } from "../iam/evaluate.ts";
import type { Role } from "../identities.ts";
import { nameShape, optionalText, requiredText } from "../query-parameters.ts";
import { trusts } from "../trust.ts";
import { element, optionalElement, type XmlElement } from "../xml.ts";
import type { SignedStsCall, StsApiCall } from "./call.ts";
import { issue, packedPolicySize } from "./issue.ts";
import { durationSeconds, sessionPolicy, sessionTags, tagContext, transitiveTagKeys } from "./parameters.ts";

const unlessGiven = 3_600;
const longestRoleSeconds = 43_200;
const chainedSeconds = 3_600;

/** The parameters that all calls to assume a role have. */
interface RoleRequest {
  roleArn: string;
  sessionName: string;
  policy: string | undefined;
  tags: Record<string, string>;
  transitiveTagKeys: string[];
  sourceIdentity: string | undefined;
  durationSeconds: number;
}

export function assumeRole(call: SignedStsCall): XmlElement[] {
  const { caller, accounts, parameters, now } = call;
  const request = withInheritance(caller, readRoleRequest(parameters));
  const externalId = optionalText(parameters, "ExternalId", { min: 2, max: 1_224, shape: /^[\w+=,.@:/-]*$/ });

  const role = accounts.role(request.roleArn);
  const context = {
    ...caller.context,
    ...generalContext(now),
    ...roleRequestContext(request),
    ...(externalId === undefined ? {} : { "sts:ExternalId": externalId }),
  };
  for (const action of ["sts:AssumeRole", ...accompanyingActions(request)]) {
    if (role === undefined || !mayAssume(caller, role, action, context, call)) {
      const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${request.roleArn}`;
      throw new AwsFault(403, "AccessDenied", message);
    }
  }
  if (role === undefined) throw new AwsFault(403, "AccessDenied", "No such role");

  if (caller.kind === "assumed-role" && request.durationSeconds > chainedSeconds) {
    const why = "exceeds the 1 hour session limit for roles assumed by role chaining";
    throw new AwsFault(400, "ValidationError", `The requested DurationSeconds ${why}.`);
  }
  return issueRoleSession(call, role, request);
}

/**
 * A trust policy that names the caller, or everybody, is enough by itself: a session policy does not narrow it. If it names
 * the caller's role, the session policy must allow it too; if it names only the account, the caller's own policies must.
 */
function mayAssume(
  caller: AwsCaller,
  role: Role,
  action: string,
  context: ContextValues,
  { accounts }: StsApiCall,
): boolean {
  const { accountId, partition } = accounts;
  const request = { action, resource: role.arn, context };
  const trusted = (...names: string[]) => trusts(role.trust, { kind: "AWS", names }, request);
  const direct = [
    caller.arn,
    ...(caller.kind === "user" || caller.kind === "user-session" ? [caller.userId] : []),
    "*",
  ];
  const ofRole = caller.role === undefined ? [] : [caller.role.id];
  const ofAccount = [accountId, `arn:${partition}:iam::${accountId}:root`];
  const own = decide(caller, action, role.arn, context);
  if (own === "explicit-deny") return false;
  if (trusted(...direct, ...ofRole, ...ofAccount) !== "allowed") return false;
  if (trusted(...direct) === "allowed") return true;
  const { session } = caller.policies;
  if (trusted(...ofRole) === "allowed")
    return session === undefined || evaluate({ identity: session }, request) === "allowed";
  return own === "allowed";
}

/**
 * Adds what a chained session inherits from the session before it: its transitive tags, and its source identity for
 * good.
 */
function withInheritance({ session }: AwsCaller, request: RoleRequest): RoleRequest {
  if (session === undefined) return request;
  const keys = session.transitiveTagKeys;
  const inheritedTags = Object.fromEntries(
    Object.entries(session.tags).filter(([key]) => keys.includes(key)),
  );
  const isInherited = (key: string) => keys.some((other) => other.toLowerCase() === key.toLowerCase());
  if (Object.keys(request.tags).some(isInherited))
    throw new AwsFault(
      400,
      "InvalidParameterValue",
      "One of the specified transitive tag keys cannot be set.",
    );
  const { sourceIdentity } = session;
  if (sourceIdentity !== undefined && (request.sourceIdentity ?? sourceIdentity) !== sourceIdentity)
    throw new AwsFault(403, "AccessDenied", "The source identity cannot be changed by role chaining.");
  return {
    ...request,
    tags: { ...inheritedTags, ...request.tags },
    transitiveTagKeys: [...keys, ...request.transitiveTagKeys],
    sourceIdentity: sourceIdentity ?? request.sourceIdentity,
  };
}

export function readRoleRequest(parameters: URLSearchParams): RoleRequest {
  return {
    roleArn: requiredText(parameters, "RoleArn", { min: 20, max: 2_048 }),
    sessionName: requiredText(parameters, "RoleSessionName", { min: 2, max: 64, shape: nameShape }),
    policy: sessionPolicy(parameters),
    tags: sessionTags(parameters),
    transitiveTagKeys: transitiveTagKeys(parameters),
    sourceIdentity: optionalText(parameters, "SourceIdentity", { min: 2, max: 64, shape: nameShape }),
    durationSeconds: durationSeconds(parameters, { unlessGiven, max: longestRoleSeconds }),
  };
}

/** The actions that a request needs, besides the one that assumes the role. */
export function accompanyingActions({ tags, sourceIdentity }: RoleRequest): string[] {
  return [
    ...(Object.keys(tags).length > 0 ? ["sts:TagSession"] : []),
    ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
}

export function roleRequestContext(request: RoleRequest): ContextValues {
  return {
    "sts:RoleSessionName": request.sessionName,
    ...tagContext(request.tags),
    ...(request.sourceIdentity === undefined ? {} : { "sts:SourceIdentity": request.sourceIdentity }),
  };
}

/**
 * Issues the session of a call that assumes a role, after the call was allowed. Returns the elements of STS's answer.
 */
export function issueRoleSession(
  { accounts, sessionTokens, now }: StsApiCall,
  role: Role,
  request: RoleRequest,
): XmlElement[] {
  if (request.durationSeconds > role.maxSessionSeconds) {
    const why = "exceeds the MaxSessionDuration set for this role";
    throw new AwsFault(400, "ValidationError", `The requested DurationSeconds ${why}.`);
  }
  const { sessionName, sourceIdentity } = request;
  const packedSize = packedPolicySize(request);
  const holder = { kind: "assumed-role", roleId: role.id, sessionName } as const;
  const arn = `arn:${accounts.partition}:sts::${accounts.accountId}:assumed-role/${role.name}/${sessionName}`;
  return [
    issue({ ...request, holder }, sessionTokens, now),
    element("AssumedRoleUser", element("Arn", arn), element("AssumedRoleId", `${role.id}:${sessionName}`)),
    ...packedSize,
    ...optionalElement("SourceIdentity", sourceIdentity),
  ];
}
