import { env as ownEnvironment, pid } from "node:process";
import { awsCredentialsIn } from "../identity-sources/aws-environment.ts";
import type { Environment } from "../identity-sources/environment.ts";
import type { AwsCredentials } from "../identity-sources/sigv4.ts";
import { noToken } from "../identity-sources/token-source.ts";

/**
 * Set while the chain is asked, to the number of the process that asks. A profile's `credential_process` inherits it, and
 * may be keyvend with the same profile, which would ask the chain again, without end.
 */
const mark = "KEYVEND_IN_AWS_CHAIN";

/**
 * The caller's AWS credentials: those in the environment, else those that the AWS SDK's own chain finds, with profiles,
 * SSO and `aws login`. The chain is no part of this package. It is found where it is installed beside keyvend, and never
 * in the folder in which the command runs: code from there could be anybody's.
 *
 * @throws VendingError (rejects) `invalid_token`
 * @example const { accessKeyId } = await awsCredentials(process.env)
 */
export async function awsCredentials(env: Environment): Promise<AwsCredentials> {
  if (env["AWS_ACCESS_KEY_ID"] && env["AWS_SECRET_ACCESS_KEY"]) return awsCredentialsIn(env);
  const { [mark]: asking = String(pid) } = ownEnvironment;
  if (asking !== String(pid))
    throw noToken(
      "keyvend was asked for credentials by a profile that it asks itself. Set AWS_PROFILE to the profile of your own identity, not one whose credential_process is keyvend.",
    );
  ownEnvironment[mark] = asking;
  const chain = await import("@aws-sdk/credential-providers").catch(() => undefined);
  if (chain === undefined)
    throw noToken(
      "No AWS credentials in the environment. For profiles, SSO and `aws login` install @aws-sdk/credential-providers beside " +
        'keyvend, or run: eval "$(aws configure export-credentials --format env)"',
    );
  try {
    return await chain.fromNodeProviderChain()();
  } catch (error) {
    const profile = env["AWS_PROFILE"] ? `profile ${env["AWS_PROFILE"]}` : "default profile";
    // Its words are not quoted: they may hold what a `credential_process` wrote.
    throw noToken(
      `No AWS credentials in the environment, and the AWS SDK found none with the ${profile}. \`aws sts get-caller-identity\` says what is wrong; after \`aws sso login\` or \`aws login\`, try again. The profile must get its credentials elsewhere, not from keyvend itself.`,
      error,
    );
  }
}
