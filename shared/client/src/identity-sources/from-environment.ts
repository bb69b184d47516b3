import { type Environment, environment } from "./environment.ts";
import { fromTokenFile } from "./from-token-file.ts";
import { noToken, type TokenSource } from "./token-source.ts";

/** A token, or the path of the file that holds it. */
type TokenPlace = { readonly token: string } | { readonly file: string };

/**
 * Where an environment has the token for keyvend. The first of these counts: `KEYVEND_TOKEN`, `KEYVEND_TOKEN_FILE`, and
 * what a container-credentials client would send, `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` and
 * `AWS_CONTAINER_AUTHORIZATION_TOKEN`. The last two do not count where their URI is another service's (ECS, EKS Pod
 * Identity): keyvend must not see that service's token.
 */
export function tokenPlace(variables: Environment): TokenPlace | undefined {
  const { KEYVEND_TOKEN: token, KEYVEND_TOKEN_FILE: file } = variables;
  if (token) return { token };
  if (file) return { file };
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: full, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative } =
    variables;
  if (relative || (full && !/\/v1\/storages\/[^/]+\/credentials(\?|$)/.test(full))) return undefined;
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: awsFile, AWS_CONTAINER_AUTHORIZATION_TOKEN: awsToken } =
    variables;
  if (awsFile) return { file: awsFile };
  return awsToken ? { token: awsToken.replace(/^Bearer +/i, "") } : undefined;
}

/**
 * The token in the environment or in a file that it names: `KEYVEND_TOKEN`, `KEYVEND_TOKEN_FILE`,
 * `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or `AWS_CONTAINER_AUTHORIZATION_TOKEN`. It is looked up at each request.
 *
 * @throws VendingError (rejects) `invalid_token` where there is none
 * @example fromVending({ url, storage, token: fromEnvironment() })
 */
export function fromEnvironment(variables: Environment = environment()): TokenSource {
  return async () => {
    const place = tokenPlace(variables);
    if (!place) throw noToken("No token in the environment. Set KEYVEND_TOKEN or KEYVEND_TOKEN_FILE.");
    return "file" in place ? fromTokenFile(place.file)() : place.token;
  };
}
