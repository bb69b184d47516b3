import type { Vended } from "../check-answer.ts";
import type { Environment } from "../identity-sources/environment.ts";
import type { ContainerEndpoint } from "./container-endpoint.ts";
import { addressVariables } from "./variables.ts";

/** Each of these, or the files that it names, has SDKs find other credentials first, or another address. */
const overruling = [
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"],
  ...["AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIAL_FILE"],
  ...["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"],
  ...["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
  ...["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
];

/**
 * What a command of `exec` starts with: the caller's environment, but for whatever would have an SDK use anything but
 * the vended credentials. The user's own AWS files are such: a profile `default` with a key comes before a container's.
 *
 * @param configFile what `configFile()` says, written somewhere
 */
export function childEnvironment(
  env: Environment,
  vended: Vended,
  { url, token }: Pick<ContainerEndpoint, "url" | "token">,
  configFile: string,
): Record<string, string | undefined> {
  const own = Object.entries(env).filter(([name]) => !overruling.includes(name.toUpperCase()));
  return {
    ...Object.fromEntries(own),
    ...addressVariables(vended),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    AWS_CONFIG_FILE: configFile,
    AWS_SHARED_CREDENTIALS_FILE: `${configFile}.none`,
  };
}

/** There is no variable for path style. */
export const configFile = ({ address }: Vended): string =>
  `[default]\ns3 =\n  addressing_style = ${address.forcePathStyle ? "path" : "auto"}\n`;
