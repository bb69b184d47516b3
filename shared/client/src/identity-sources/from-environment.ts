import { type Environment, environment } from "./environment.ts";
import { fromTokenFile } from "./from-token-file.ts";
import { noToken, type TokenSource } from "./token-source.ts";

/** A token, or the path of the file that holds it. */
type TokenPlace = { readonly token: string } | { readonly file: string };

/**
 * Where an environment has the token for the keyvend at `url`. The first of these counts: `KEYVEND_TOKEN`,
 * `KEYVEND_TOKEN_FILE`, and what a container-credentials client would send, `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` and
 * `AWS_CONTAINER_AUTHORIZATION_TOKEN`. The last two belong to the origin of `AWS_CONTAINER_CREDENTIALS_FULL_URI`: they
 * count for a keyvend there, and for no other service (ECS, EKS Pod Identity, another keyvend).
 */
export function tokenPlace(variables: Environment, url: string | undefined): TokenPlace | undefined {
  const { KEYVEND_TOKEN: token, KEYVEND_TOKEN_FILE: file } = variables;
  if (token) return { token };
  if (file) return { file };
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: full, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative } =
    variables;
  if (relative || !isKeyvendAt(full, url)) return undefined;
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: awsFile, AWS_CONTAINER_AUTHORIZATION_TOKEN: awsToken } =
    variables;
  if (awsFile) return { file: awsFile };
  return awsToken ? { token: awsToken.replace(/^Bearer +/i, "") } : undefined;
}

function isKeyvendAt(address = "", url = ""): boolean {
  if (!URL.canParse(address) || !URL.canParse(url)) return false;
  const { origin, pathname } = new URL(address);
  return origin === new URL(url).origin && /\/v1\/storages\/[^/]+\/credentials$/.test(pathname);
}

/**
 * The token in the environment or in a file that it names: `KEYVEND_TOKEN`, `KEYVEND_TOKEN_FILE`,
 * `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or `AWS_CONTAINER_AUTHORIZATION_TOKEN`. It is looked up at each request.
 *
 * @throws VendingError (rejects) `invalid_token` where there is none
 * @example fromVending({ url, storage, token: fromEnvironment() })
 */
export function fromEnvironment(variables: Environment = environment()): TokenSource {
  return async (url) => {
    const place = tokenPlace(variables, url);
    if (!place) throw noToken(adviceOf(variables));
    return "file" in place ? fromTokenFile(place.file)() : place.token;
  };
}

function adviceOf({
  AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
}: Environment): string {
  const others =
    token || file
      ? " What AWS_CONTAINER_AUTHORIZATION_TOKEN holds is for AWS_CONTAINER_CREDENTIALS_FULL_URI, and goes nowhere else."
      : "";
  return `No token in the environment. Set KEYVEND_TOKEN or KEYVEND_TOKEN_FILE.${others}`;
}
