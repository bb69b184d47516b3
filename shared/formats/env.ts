import type { StorageAddress } from "../contract.ts";
import type { FormatOutput, FormatSource, TextFormat } from "./format.ts";
import { quoteForShell } from "./quoting.ts";

/** Environment variables by name. Null is for a variable that must not be set. */
export type EnvironmentVariables = Record<string, string | null>;

/** With these an SDK passes over the endpoint, or refuses it: "FIPS and custom endpoint are not supported". */
const againstEndpoint = [
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  "AWS_USE_FIPS_ENDPOINT",
  "AWS_USE_DUALSTACK_ENDPOINT",
] as const;

/**
 * Each of these makes SDKs find other credentials or another address than those in the environment's usual variables.
 * A container's variables do not, and stay: by them `keyvend` finds its identity again.
 */
export const overridingVariables = [
  // JavaScript's SDK passes over keys where a profile is named, and .NET's prefers a web identity.
  ...["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
  ...["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"],
  // Older names: botocore reads this token before the other.
  ...["AWS_SECURITY_TOKEN", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_CREDENTIAL_FILE"],
  // object_store knows a session token by this name as well, and signs nothing if the second is true.
  ...["AWS_TOKEN", "AWS_SKIP_SIGNATURE"],
  // object_store reads these two, and some releases of it no others.
  ...["AWS_ENDPOINT_URL", "AWS_ENDPOINT"],
  ...againstEndpoint,
] as const;

/** Variables that must not be set. */
export const unset = (names: readonly string[]): Record<string, null> =>
  Object.fromEntries(names.map((name) => [name, null]));

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
 * The address and the credentials, and nothing that would win over them. With a long-term key, the session token of an
 * earlier session must go: SDKs would send it with the key.
 */
export function environmentVariables(source: FormatSource): EnvironmentVariables {
  return {
    ...unset(overridingVariables),
    ...addressVariables(source),
    AWS_ACCESS_KEY_ID: source.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: source.SecretAccessKey,
    AWS_SESSION_TOKEN: source.Token === "" ? null : source.Token,
    AWS_CREDENTIAL_EXPIRATION: source.Expiration,
  };
}

/** The address alone, for credentials of the caller's own: they stay. */
export const variablesOfAddress = (address: StorageAddress): EnvironmentVariables => ({
  ...unset(againstEndpoint),
  ...addressVariables(address),
});

/**
 * Lines for a POSIX shell to evaluate: `eval "$(curl -fsS …)"`.
 *
 * @example env.ofCredentials(answer).body // "export AWS_ENDPOINT_URL_S3='https://…'\nexport AWS_REGION='eu-central-1'\n…"
 */
export const env: TextFormat = {
  description: "Variables for a POSIX shell to evaluate, as text.",
  mediaType: "text/plain",
  ofCredentials: (source) => output(source, environmentVariables(source)),
  ofAddress: (address) => output(address, variablesOfAddress(address)),
};

/**
 * Variables as lines for a POSIX shell.
 *
 * @example shellLines({ AWS_REGION: "eu-central-1" }) // "export AWS_REGION='eu-central-1'\n"
 */
export function shellLines(variables: EnvironmentVariables): string {
  const entries = Object.entries(variables);
  const toUnset = entries.filter(([, value]) => value === null).map(([name]) => name);
  const lines = entries.map(([name, value]) =>
    value === null ? "" : `export ${name}=${quoteForShell(value)}\n`,
  );
  return [toUnset.length > 0 ? `unset ${toUnset.join(" ")}\n` : "", ...lines].join("");
}

/** No variable says path style. */
function output({ PathStyleAccess }: StorageAddress, variables: EnvironmentVariables): FormatOutput<string> {
  return { body: shellLines(variables), omissions: PathStyleAccess ? ["path-style access"] : [] };
}
