import type { StorageAddress } from "../../../contract.ts";
import { addressVariables, overridingVariables } from "../../../formats/env.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { beforeContainer, type ContainerEndpoint } from "./container-endpoint.ts";
import { holdsSecret } from "./identity-secrets.ts";

/** With these an SDK would use other credentials, or another address, than those of the endpoint. */
const otherCredentials: readonly string[] = [...overridingVariables, ...beforeContainer];

/** By these a command could ask for the caller's whole rights, however little `exec` asked for. AWS's are above. */
const identityVariables = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];

/** Files of `exec` for its command. */
interface ChildFiles {
  /** The text of `awsConfigFile`. */
  config: string;
  /** The endpoint's token. */
  token: string;
}

/**
 * The environment of a command of `exec`: the caller's own, without anything that proves the caller's identity or makes an
 * SDK use other credentials than the vended ones. The user's own AWS files are such: a profile `default` with a key comes
 * before a container's.
 *
 * @param secrets what proves the caller's identity. No variable that holds one of them is handed on
 */
export function childEnvironment(
  env: Environment,
  secrets: readonly string[],
  address: StorageAddress,
  { url, token }: Pick<ContainerEndpoint, "url" | "token">,
  files: ChildFiles,
): Record<string, string | undefined> {
  const own = Object.entries(env).filter(
    ([name, value = ""]) =>
      !otherCredentials.includes(name.toUpperCase()) && !isOfIdentity(name) && !holdsSecret(value, secrets),
  );
  return {
    ...Object.fromEntries(own),
    ...addressVariables(address),
    // object_store (Polars, delta-rs) refuses plain HTTP otherwise.
    ...(address.Endpoint.startsWith("http:") && { AWS_ALLOW_HTTP: "true" }),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
    // object_store and MinIO's for Python know the file only, Java's SDK v1 and Go's SDK v1 the variable only.
    AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: files.token,
    // No client may turn to the machine's own role when it is refused here. object_store knows the second only; this
    // endpoint answers it with a refusal.
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_METADATA_ENDPOINT: new URL(url).origin,
    AWS_CONFIG_FILE: files.config,
    AWS_SHARED_CREDENTIALS_FILE: `${files.config}.none`,
    // The same for Java's SDK v1, which otherwise reads ~/.aws/credentials before it comes to a container.
    AWS_CREDENTIAL_PROFILES_FILE: `${files.config}.none`,
    ...pastProxies(env, new URL(url).hostname),
  };
}

/** The command's AWS configuration: no variable says path style. */
export const awsConfigFile = ({ PathStyleAccess }: StorageAddress): string =>
  `[default]\ns3 =\n  addressing_style = ${PathStyleAccess ? "path" : "auto"}\n`;

function isOfIdentity(name: string): boolean {
  const upper = name.toUpperCase();
  return upper.startsWith("KEYVEND_") || identityVariables.includes(upper);
}

/**
 * Keeps clients from handing a request for loopback to a proxy, with the token in it. Some read one of the names only, some
 * the other one.
 */
function pastProxies({ NO_PROXY, no_proxy }: Environment, host: string): Record<string, string> {
  const add = (list = "") => {
    const hosts = list.split(",").map((each) => each.trim());
    // For many clients a star means all hosts only where it is the whole list.
    if (list.trim() === "*" || hosts.includes(host)) return list;
    return list.trim() === "" ? host : `${list},${host}`;
  };
  return { NO_PROXY: add(NO_PROXY || no_proxy), no_proxy: add(no_proxy || NO_PROXY) };
}
