import type { Config } from "../shared/core/config.ts";
import { apiTokenPrefix, createApiTokenVerifier } from "../shared/identity/api-tokens.ts";
import { awsPrincipal } from "../shared/identity/aws-identity.ts";
import { bearerToken } from "../shared/identity/bearer.ts";
import type { OidcVerifier } from "../shared/identity/oidc.ts";
import type { Caller } from "../shared/vending/vend.ts";
import type { HttpEvent } from "./http.ts";

interface Ports {
  config: Pick<Config, "awsAccounts" | "apiTokens">;
  oidc: OidcVerifier;
}

/**
 * Finds out who is calling. The route decides first, then how the token begins: each identity has one verifier, and what
 * that one refuses is never tried on another. `now` is in epoch milliseconds.
 *
 * @throws VendError `unauthenticated`; `unavailable` where an issuer's keys cannot be had.
 * @example const { principal } = await createAuthenticate(ports)(event, Date.now())
 */
export function createAuthenticate({ config, oidc }: Ports) {
  const verifyApiToken = createApiTokenVerifier(config.apiTokens);

  return async (event: HttpEvent, now: number): Promise<Pick<Caller, "principal" | "token">> => {
    // API Gateway checks signatures on these routes only: on any other, an IAM identity is nobody's word. What stands in
    // Authorization here is the signature; a request without an identity was let through by something else.
    if (event.routeKey.startsWith("GET /v1/aws/")) {
      return { principal: awsPrincipal(event.requestContext.authorizer?.iam, config.awsAccounts) };
    }
    const token = bearerToken(event.headers);
    if (token.startsWith(apiTokenPrefix)) return { principal: verifyApiToken(token, now) };
    return { principal: await oidc.verify(token, now), token };
  };
}
