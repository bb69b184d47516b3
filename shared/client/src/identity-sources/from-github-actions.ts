import { parse } from "../request.ts";
import { type Environment, environment } from "./environment.ts";
import { fetchText } from "./fetch-text.ts";
import { noToken, type TokenSource } from "./token-source.ts";

/**
 * The token of a GitHub Actions job. It lives for minutes, so a new one is asked for at each request. The job needs
 * `permissions: id-token: write`.
 *
 * @throws VendingError (rejects) `invalid_token`; `network` or `unavailable` where GitHub does not answer
 * @example fromVending({ url, storage, token: fromGitHubActions({ audience: "keyvend" }) })
 */
export function fromGitHubActions(
  { audience }: { audience: string },
  variables: Environment = environment(),
): TokenSource {
  return async () => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = variables;
    if (!address || !URL.canParse(address) || !token)
      throw noToken("Not in a GitHub Actions job that may ask for a token: give it `id-token: write`.");
    const url = new URL(address);
    url.searchParams.set("audience", audience);
    const { status, text } = await fetchText("GitHub", url, {
      headers: { authorization: `bearer ${token}`, accept: "application/json" },
    });
    const { value } = parse(text) as { value?: unknown };
    if (status === 200 && typeof value === "string" && value) return value;
    throw noToken(`GitHub gave no token (status ${status}). Check the job's \`id-token: write\`.`);
  };
}
