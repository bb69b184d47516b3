import type { CredentialsAnswer } from "../../shared/contract.ts";
import type { Ask } from "../../shared/core/ask.ts";
import { mostPolicyCharacters } from "../../shared/core/policy.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { HttpAnswer } from "../http.ts";
import { type Content, xml } from "./xml.ts";

/** No account of AWS has this id. */
const account = "000000000000";

/**
 * The answer of GetCallerIdentity: which caller keyvend sees behind the signature.
 *
 * @example identityAnswer(principal, "r-1").body // "<GetCallerIdentityResponse …"
 */
export function identityAnswer(principal: Principal, requestId: string): HttpAnswer {
  const { id, arn } = nameOf(principal);
  return answer("GetCallerIdentity", { Arn: arn, UserId: id, Account: account }, requestId);
}

/**
 * The answer with credentials. What STS has no place for, such as the endpoint, is left out: its clients know their store.
 *
 * @example credentialsAnswer({ action: "AssumeRole", credentials, principal, ask, requestId })
 */
export function credentialsAnswer({
  action,
  credentials,
  principal,
  ask,
  requestId,
}: {
  action: "AssumeRole" | "AssumeRoleWithWebIdentity" | "GetSessionToken";
  credentials: CredentialsAnswer;
  principal: Principal;
  ask: Ask;
  requestId: string;
}): HttpAnswer {
  const { id, arn } = nameOf(principal);
  const { aud, iss } = principal.claims;
  const policy = ask.sts?.policy;
  return answer(
    action,
    {
      ...(action === "AssumeRoleWithWebIdentity" && {
        SubjectFromWebIdentityToken: principal.subject,
        Audience: textOf(aud),
        Provider: textOf(iss),
      }),
      ...(action !== "GetSessionToken" && { AssumedRoleUser: { AssumedRoleId: id, Arn: arn } }),
      Credentials: {
        AccessKeyId: credentials.AccessKeyId,
        SecretAccessKey: credentials.SecretAccessKey,
        SessionToken: credentials.Token,
        Expiration: credentials.Expiration,
      },
      // In percent, of the policy as it came.
      PackedPolicySize:
        policy && String(Math.min(100, Math.ceil((policy.length / mostPolicyCharacters) * 100))),
    },
    requestId,
  );
}

function answer(action: string, result: Content, requestId: string): HttpAnswer {
  const metadata = { ResponseMetadata: { RequestId: requestId } };
  return xml(200, `${action}Response`, { [`${action}Result`]: result, ...metadata }, {});
}

/** A principal as a session of a role, in the characters that STS's names have. */
function nameOf({ subject }: Principal): { id: string; arn: string } {
  const name = subject.replace(/[^\w+=,.@-]+/g, "-").slice(0, 64);
  return { id: `keyvend:${name}`, arn: `arn:aws:sts::${account}:assumed-role/keyvend/${name}` };
}

/** Of a claim with several values the first. */
function textOf(claim: unknown): string | undefined {
  return [claim].flat().find((value) => typeof value === "string");
}
