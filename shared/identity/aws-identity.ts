import type { Principal } from "../core/principal.ts";
import { tokenHash } from "./token-hash.ts";
import { unauthenticated } from "./unauthenticated.ts";

/** Who signed a request, as API Gateway tells it in `requestContext.authorizer.iam`. */
export interface IamIdentity {
  userArn: string;
  /** Of a role, followed by a colon and the session's name. */
  userId: string;
  /** The id of the access key. */
  accessKey: string;
}

const CALLER =
  /^(arn:[\w-]+):(?:iam::(\d{12}):user\/[!-~]+|sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/([\w+=,.@-]+))$/;

/**
 * The principal of a request that API Gateway authorized by IAM: a user, or a role. A role's subject is its ARN, though
 * without the role's path, which AWS does not tell here; the session's name, which is chosen by whoever assumes the
 * role, is a claim. Root and federated users are refused: the one should not be used, the other's name is free to choose.
 *
 * Throws `VendError` `unauthenticated`, also where there is no identity at all.
 *
 * @example awsPrincipal(authorizer.iam, ["111122223333"]).subject // "arn:aws:iam::111122223333:role/ingest"
 */
export function awsPrincipal(
  identity: Partial<IamIdentity> | null | undefined,
  accounts: readonly string[],
): Principal {
  const { userArn = "", userId = "", accessKey = "" } = identity ?? {};
  const [arn, partition, ofUser, ofRole, role, sessionName] = CALLER.exec(userArn) ?? [];
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
