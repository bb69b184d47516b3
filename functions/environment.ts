import type { OwnCredentialsProvider } from "../shared/aws/own-credentials.ts";
import { partitionOf } from "../shared/core/partition.ts";

// The only reader of `process.env`.

/**
 * A variable of the environment.
 *
 * @throws Error that names the variable if it is not set.
 * @example variable("VENDING_TABLE") // "keyvend-prod"
 */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** The function's own credentials. Lambda puts them into the environment once, for the life of an instance. */
export function readOwnCredentials(): OwnCredentialsProvider {
  const sessionToken = process.env["AWS_SESSION_TOKEN"];
  const credentials = {
    accessKeyId: variable("AWS_ACCESS_KEY_ID"),
    secretAccessKey: variable("AWS_SECRET_ACCESS_KEY"),
    ...(sessionToken && { sessionToken }),
  };
  return async () => credentials;
}

/**
 * The endpoint that a variable of the AWS SDKs names, else AWS's regional one.
 *
 * @throws Error if the region is not known.
 * @example endpointOf("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB", "eu-central-1")
 */
export function endpointOf(service: string, override: string, region: string): string {
  const named = process.env[override];
  if (named) return named;
  const domain = partitionOf(region)?.domain;
  if (!domain) throw new Error(`AWS_REGION is ${region}, whose domain is not known here: set ${override}.`);
  return `https://${service}.${region}.${domain}`;
}
