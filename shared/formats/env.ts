import type { StorageAddress } from "../contract.ts";
import type { FormatOutput, FormatSource, TextFormat } from "./format.ts";
import { quoteForShell } from "./quoting.ts";

/** Environment variables by name. Null is for a variable that must not be set. */
export type EnvironmentVariables = Record<string, string | null>;

/** Where S3 is, as AWS's SDKs read it from the environment. */
export function addressVariables({ Endpoint, Region }: StorageAddress): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: Endpoint,
    // Some of AWS's SDKs read only one of these: boto3 reads the second.
    AWS_REGION: Region,
    AWS_DEFAULT_REGION: Region,
  };
}

/**
 * The address and the credentials. With a long-term key, the session token of an earlier session must go: SDKs would
 * send it with the key.
 */
export function environmentVariables(source: FormatSource): EnvironmentVariables {
  return {
    ...addressVariables(source),
    AWS_ACCESS_KEY_ID: source.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: source.SecretAccessKey,
    AWS_SESSION_TOKEN: source.Token === "" ? null : source.Token,
    AWS_CREDENTIAL_EXPIRATION: source.Expiration,
  };
}

/**
 * Lines for a POSIX shell to evaluate: `eval "$(curl -fsS …)"`.
 *
 * @example env.ofCredentials(answer).body // "export AWS_ENDPOINT_URL_S3='https://…'\nexport AWS_REGION='eu-central-1'\n…"
 */
export const env: TextFormat = {
  description: "Variables for a POSIX shell to evaluate, as text.",
  mediaType: "text/plain",
  ofCredentials: (source) => output(source, environmentVariables(source)),
  ofAddress: (address) => output(address, addressVariables(address)),
};

/**
 * Variables as lines for a POSIX shell.
 *
 * @example shellLines({ AWS_REGION: "eu-central-1" }) // "export AWS_REGION='eu-central-1'\n"
 */
export function shellLines(variables: EnvironmentVariables): string {
  return Object.entries(variables)
    .map(([name, value]) => (value === null ? `unset ${name}\n` : `export ${name}=${quoteForShell(value)}\n`))
    .join("");
}

/** No variable says path style. */
function output({ PathStyleAccess }: StorageAddress, variables: EnvironmentVariables): FormatOutput<string> {
  return { body: shellLines(variables), omissions: PathStyleAccess ? ["path-style access"] : [] };
}
