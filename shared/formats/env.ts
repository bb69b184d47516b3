import type { CredentialsAnswer, StorageAddress } from "../contract.ts";
import type { Formatted } from "./formatted.ts";

/**
 * Lines for a POSIX shell to evaluate: `eval "$(curl -fsS …)"`.
 *
 * @example env(vended).body // "export AWS_ENDPOINT_URL_S3='https://…'\nexport AWS_REGION='eu-central-1'\n…"
 */
export function env(vended: CredentialsAnswer | StorageAddress): Formatted {
  const { Endpoint, Region, PathStyleAccess } = vended;
  const lines = [
    exported("AWS_ENDPOINT_URL_S3", Endpoint),
    // Each is the only one that some of AWS's SDKs read.
    exported("AWS_REGION", Region),
    exported("AWS_DEFAULT_REGION", Region),
    ...("AccessKeyId" in vended ? credentialLines(vended) : []),
  ];
  return {
    body: lines.map((line) => `${line}\n`).join(""),
    untold: PathStyleAccess ? ["path-style access"] : [],
  };
}

function credentialLines({ AccessKeyId, SecretAccessKey, Token, Expiration }: CredentialsAnswer): string[] {
  return [
    exported("AWS_ACCESS_KEY_ID", AccessKeyId),
    exported("AWS_SECRET_ACCESS_KEY", SecretAccessKey),
    // What an earlier session left behind would be sent with these keys.
    Token === "" ? "unset AWS_SESSION_TOKEN" : exported("AWS_SESSION_TOKEN", Token),
    exported("AWS_CREDENTIAL_EXPIRATION", Expiration),
  ];
}

/** Between single quotes a shell leaves everything as it is, but for the quote itself. */
function exported(name: string, value: string): string {
  return `export ${name}='${value.replaceAll("'", `'\\''`)}'`;
}
