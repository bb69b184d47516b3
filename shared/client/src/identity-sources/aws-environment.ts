import type { Environment } from "./environment.ts";
import type { AwsCredentials } from "./sigv4.ts";
import { noToken } from "./token-source.ts";

/**
 * AWS credentials of an environment, as Lambda, CodeBuild and `aws configure export-credentials` set them.
 *
 * @throws VendingError `invalid_token` where there are none
 */
export function awsCredentialsIn(variables: Environment): AwsCredentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = variables;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken };
  throw noToken(
    'No AWS credentials in the environment. Run: eval "$(aws configure export-credentials --format env)"',
  );
}

/** The region that an environment names. */
export function awsRegionIn({ AWS_REGION, AWS_DEFAULT_REGION }: Environment): string | undefined {
  return AWS_REGION || AWS_DEFAULT_REGION || undefined;
}
