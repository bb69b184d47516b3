import type { Principal } from "../core/principal.ts";
import { tokenHash } from "./token-hash.ts";
import { unauthenticated } from "./unauthenticated.ts";

/** The AWS identity that signed a request, in the words of API Gateway's `requestContext.authorizer.iam`. */
export interface IamIdentity {
  userArn: string;
  /** The id of the user or role. A role's is followed by a colon and the name of the session. */
  userId: string;
  /** The id of the access key. */
  accessKey: string;
}

const userOrRole =
  /^(arn:[\w-]+):(?:iam::(\d{12}):user\/[!-~]+|sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/([\w+=,.@-]+))$/;

/**
 * The principal of a request whose signature has been verified: a user, or a role. A role's subject is its ARN without
 * its path, because AWS does not name the path here. The session's name is only a claim, because the caller that assumes
 * the role chooses it.
 * Root and federated users are refused: root should not be used, and a federated user's name can be chosen freely.
 *
 * Throws `VendError` `unauthenticated`, also where there is no identity at all.
 *
 * @example awsPrincipal(iamIdentity, ["111122223333"]).subject // "arn:aws:iam::111122223333:role/ingest"
 */
export function awsPrincipal(
  identity: Partial<IamIdentity> | null | undefined,
  accounts: readonly string[],
): Principal {
  const { userArn = "", userId = "", accessKey = "" } = identity ?? {};
  const [arn, partition, ofUser, ofRole, role, sessionName] = userOrRole.exec(userArn) ?? [];
  const account = ofUser ?? ofRole;
  if (arn === undefined || account === undefined)
    throw unauthenticated("no IAM identity of a user or a role");
  if (!accounts.includes(account)) throw unauthenticated("an AWS account that is not accepted");
  const subject = role === undefined ? arn : `${partition}:iam::${account}:role/${role}`;
  return {
    issuer: "aws",
    subject,
    claims: {
      sub: subject,
      account,
      arn,
      userId: userId.split(":")[0],
      ...(sessionName !== undefined && { sessionName }),
    },
    kind: "aws",
    tokenHash: tokenHash(accessKey),
  };
}
