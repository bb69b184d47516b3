import { generalContext } from "../authenticate.ts";
import { AwsFault } from "../aws-fault.ts";
import { type AwsCaller, decide } from "../caller.ts";
import type { User } from "../identities.ts";
import { nameShape, requiredText } from "../query-parameters.ts";
import { element, type XmlElement } from "../xml.ts";
import type { SignedStsCall } from "./call.ts";
import { issue, packedPolicySize } from "./issue.ts";
import { durationSeconds, sessionPolicy, sessionTags, tagContext } from "./parameters.ts";

const durations = { unlessGiven: 43_200, max: 129_600 };

export function getCallerIdentity({ caller, accounts }: SignedStsCall): XmlElement[] {
  return [
    element("Arn", caller.arn),
    element("UserId", caller.userId),
    element("Account", accounts.accountId),
  ];
}

/** A session with all the rights of the user: this call takes no policy. */
export function getSessionToken({ caller, parameters, sessionTokens, now }: SignedStsCall): XmlElement[] {
  const holder = { kind: "user-session", userId: userOf(caller).id } as const;
  return [issue({ holder, durationSeconds: durationSeconds(parameters, durations) }, sessionTokens, now)];
}

/** A session with the rights that both the user and the policy allow. Without a policy it has none. */
export function getFederationToken(call: SignedStsCall): XmlElement[] {
  const { caller, parameters, accounts, sessionTokens, now } = call;
  const name = requiredText(parameters, "Name", { min: 2, max: 32, shape: nameShape });
  const policy = sessionPolicy(parameters);
  const tags = sessionTags(parameters);
  const seconds = durationSeconds(parameters, durations);

  const arn = `arn:${accounts.partition}:sts::${accounts.accountId}:federated-user/${name}`;
  const actions = ["sts:GetFederationToken", ...(Object.keys(tags).length > 0 ? ["sts:TagSession"] : [])];
  const context = { ...generalContext(now), ...tagContext(tags) };
  for (const action of actions) {
    if (decide(caller, action, arn, context) !== "allowed")
      throw new AwsFault(
        403,
        "AccessDenied",
        `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn}`,
      );
  }

  const packedSize = packedPolicySize({ policy, tags });
  const holder = { kind: "federated-user", userId: userOf(caller).id, name } as const;
  return [
    issue({ holder, durationSeconds: seconds, tags, policy }, sessionTokens, now),
    element(
      "FederatedUser",
      element("Arn", arn),
      element("FederatedUserId", `${accounts.accountId}:${name}`),
    ),
    ...packedSize,
  ];
}

function userOf({ user }: AwsCaller): User {
  if (user === undefined)
    throw new AwsFault(403, "AccessDenied", "Cannot make a user's session without a user");
  return user;
}
