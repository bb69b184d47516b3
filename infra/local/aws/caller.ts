import type { Accounts, User } from "./accounts.ts";
import type { ContextValues } from "./iam/context.ts";
import { type Decision, evaluate, type Policies } from "./iam/evaluate.ts";
import { parsePolicy } from "./iam/parse-policy.ts";
import type { StsSession } from "./session-tokens.ts";

/** Who made a request, after its signature was verified. */
export interface AwsCaller {
  kind: "user" | StsSession["holder"]["kind"];
  arn: string;
  userId: string;
  /** What a trust policy may call it, the account and `*` set apart. */
  names: readonly string[];
  policies: Policies;
  /** What conditions may ask about it. */
  context: ContextValues;
  /** `undefined` for a long-term key. */
  session: StsSession | undefined;
  /** The user behind it; `undefined` for a role. */
  user: User | undefined;
}

/** A user that calls with a long-term key. */
export function userCaller(user: User, accounts: Accounts): AwsCaller {
  return {
    kind: "user",
    arn: user.arn,
    userId: user.id,
    names: [user.arn],
    policies: { identity: user.policies },
    context: { ...principalContext(accounts, "User", user.arn, user.id), "aws:username": user.name },
    session: undefined,
    user,
  };
}

/** Whoever holds a session; `undefined` when the user or role behind it is no longer there. */
export function sessionCaller(session: StsSession, accounts: Accounts): AwsCaller | undefined {
  const { holder } = session;
  const common = { session, kind: holder.kind };
  if (holder.kind === "assumed-role") {
    const role = accounts.role(holder.roleArn);
    if (role === undefined) return undefined;
    const arn = `${stsArn(accounts)}assumed-role/${role.name}/${holder.sessionName}`;
    const userId = `${role.id}:${holder.sessionName}`;
    return {
      ...common,
      arn,
      userId,
      names: [arn, role.arn],
      policies: withSession(role.policies, session),
      context: { ...principalContext(accounts, "AssumedRole", role.arn, userId), ...sessionContext(session) },
      user: undefined,
    };
  }

  const user = accounts.user(holder.userName);
  if (user === undefined) return undefined;
  if (holder.kind === "user-session") {
    const caller = userCaller(user, accounts);
    return { ...caller, ...common, context: { ...caller.context, ...sessionContext(session) } };
  }
  const arn = `${stsArn(accounts)}federated-user/${holder.name}`;
  const userId = `${accounts.accountId}:${holder.name}`;
  // Unlike a role's, a federated user's session without a policy may do nothing.
  const policies = { session: [], ...withSession(user.policies, session) };
  return {
    ...common,
    arn,
    userId,
    names: [arn],
    policies,
    context: { ...principalContext(accounts, "FederatedUser", arn, userId), ...sessionContext(session) },
    user,
  };
}

/** What IAM decides about the caller's request. */
export function decide(
  caller: AwsCaller,
  action: string,
  resource: string,
  context: ContextValues = {},
): Decision {
  return evaluate(caller.policies, { action, resource, context: { ...caller.context, ...context } });
}

function stsArn({ partition, accountId }: Accounts): string {
  return `arn:${partition}:sts::${accountId}:`;
}

function withSession(identity: Policies["identity"], { policy }: StsSession): Policies {
  return policy === undefined ? { identity } : { identity, session: [parsePolicy(policy)] };
}

function principalContext({ accountId }: Accounts, type: string, arn: string, userId: string): ContextValues {
  return {
    "aws:PrincipalType": type,
    "aws:PrincipalArn": arn,
    "aws:PrincipalAccount": accountId,
    "aws:userid": userId,
  };
}

function sessionContext(session: StsSession): ContextValues {
  const tags = Object.entries(session.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
  return {
    ...Object.fromEntries(tags),
    "aws:TokenIssueTime": new Date(session.issuedAt).toISOString(),
    "aws:MultiFactorAuthPresent": "false",
    ...(session.sourceIdentity === undefined ? {} : { "aws:SourceIdentity": session.sourceIdentity }),
  };
}
