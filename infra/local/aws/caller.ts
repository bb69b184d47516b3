import type { Accounts } from "./accounts.ts";
import type { ContextValues } from "./iam/context.ts";
import { type Decision, evaluate, type Policies } from "./iam/evaluate.ts";
import { parsePolicy } from "./iam/parse-policy.ts";
import { policiesOf, type Role, type User } from "./identities.ts";
import type { StsSession } from "./session-tokens.ts";

/** The caller that made a request, as its verified signature shows. */
export interface AwsCaller {
  kind: "user" | StsSession["holder"]["kind"];
  arn: string;
  userId: string;
  /** The role of a role's session. A trust policy that names it reaches the session only as far as the session policy. */
  role?: Role;
  policies: Policies;
  /** The context values that describe the caller. */
  context: ContextValues;
  /** `undefined` for a long-term key. */
  session: StsSession | undefined;
  /** The user that owns the key or the session; `undefined` for a role's session. */
  user: User | undefined;
}

/** A user that calls with a long-term key. */
export function userCaller(user: User, accounts: Accounts): AwsCaller {
  return {
    kind: "user",
    arn: user.arn,
    userId: user.id,
    policies: { identity: policiesOf(user) },
    context: { ...principalContext(accounts, "User", user.arn, user.id), "aws:username": user.name },
    session: undefined,
    user,
  };
}

/** The caller that holds a session; `undefined` if the session's user or role does not exist any more. */
export function sessionCaller(session: StsSession, accounts: Accounts): AwsCaller | undefined {
  const { holder } = session;
  const { kind } = holder;
  if (holder.kind === "assumed-role") {
    const role = [...accounts.roles.values()].find(({ id }) => id === holder.roleId);
    if (role === undefined) return undefined;
    const arn = `${stsArn(accounts)}assumed-role/${role.name}/${holder.sessionName}`;
    const userId = `${role.id}:${holder.sessionName}`;
    return {
      session,
      kind,
      arn,
      userId,
      role,
      policies: withSession(policiesOf(role), session),
      context: { ...principalContext(accounts, "AssumedRole", role.arn, userId), ...sessionContext(session) },
      user: undefined,
    };
  }

  const user = [...accounts.users.values()].find(({ id }) => id === holder.userId);
  if (user === undefined) return undefined;
  if (holder.kind === "user-session") {
    const caller = userCaller(user, accounts);
    return { ...caller, session, kind, context: { ...caller.context, ...sessionContext(session) } };
  }
  const arn = `${stsArn(accounts)}federated-user/${holder.name}`;
  const userId = `${accounts.accountId}:${holder.name}`;
  // Without a policy a federated user's session may do nothing, unlike a role's session.
  const policies = { session: [], ...withSession(policiesOf(user), session) };
  return {
    session,
    kind,
    arn,
    userId,
    policies,
    context: { ...principalContext(accounts, "FederatedUser", arn, userId), ...sessionContext(session) },
    user,
  };
}

/** IAM's decision about a request of the caller. */
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
