import { readFileSync, statSync } from "node:fs";
import type { Environment } from "../identity-sources/environment.ts";

/** These hold what proves the caller's identity, to keyvend or to a service that gives a token for it. */
const secretVariables = [
  ...["KEYVEND_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
  ...["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"],
];

/** These name a file with a token. */
const fileVariables = [
  "KEYVEND_TOKEN_FILE",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/**
 * All texts by which the holder of an environment could prove the caller's identity.
 *
 * @param sent what keyvend itself sent as proof. Its source may be a file that no variable names, or a pipe that is empty by now
 */
export function identitySecrets(env: Environment, sent: string): string[] {
  const held = secretVariables.map((name) => bare(env[name]));
  const kept = fileVariables.map((name) => bare(contentOf(env[name])));
  return [...new Set([sent, ...held, ...kept])].filter((secret) => secret !== "");
}

/** Jobs often hold a token by a name of their own as well (GitLab's `id_tokens`), or in a header or a URL. */
export const holdsSecret = (value: string, secrets: readonly string[]): boolean =>
  secrets.some((secret) => bare(value) === secret || (secret.length >= 16 && value.includes(secret)));

const bare = (token = "") => token.trim().replace(/^Bearer +/i, "");

/** Of a file only: a pipe could make this process wait. */
function contentOf(path: string | undefined): string | undefined {
  try {
    return path && statSync(path).isFile() ? readFileSync(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
