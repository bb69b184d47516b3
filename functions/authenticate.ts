import type { Config } from "../shared/core/config.ts";
import { apiTokenPrefix, createApiTokenVerifier } from "../shared/identity/api-tokens.ts";
import { awsPrincipal } from "../shared/identity/aws-identity.ts";
import { bearerToken } from "../shared/identity/bearer.ts";
import type { OidcVerifier } from "../shared/identity/oidc.ts";
import type { Caller } from "../shared/vending/vend.ts";
import type { HttpRequest } from "./http.ts";

/**
 * Finds out who is calling. The route's authorizer decides first, then the beginning of the token: each identity has one
 * verifier, and a token that its verifier refuses is not tried with another.
 *
 * Its function takes the time in epoch milliseconds. It throws `VendError`: `unauthenticated`, or `unavailable` if the
 * keys of an OIDC issuer cannot be had.
 *
 * @example const { principal } = await createAuthenticate({ config, oidc })(request, "token", Date.now())
 */
export function createAuthenticate({
  config,
  oidc,
}: {
  config: Pick<Config, "awsAccounts" | "apiTokens">;
  oidc: OidcVerifier;
}) {
  const verifyApiToken = createApiTokenVerifier(config.apiTokens);

  return async function authenticate(
    { headers, iamIdentity }: Pick<HttpRequest, "headers" | "iamIdentity">,
    authorizer: "token" | "iam",
    now: number,
  ): Promise<Pick<Caller, "principal" | "token">> {
    // The door verifies signatures, and does so on these routes only. What is in Authorization is the signature; a request
    // without an identity has passed no such check. On all other routes an IAM identity counts for nothing.
    if (authorizer === "iam") return { principal: awsPrincipal(iamIdentity, config.awsAccounts) };
    const token = bearerToken(headers);
    if (token.startsWith(apiTokenPrefix)) return { principal: verifyApiToken(token, now) };
    return { principal: await oidc.verify(token, now), token };
  };
}
