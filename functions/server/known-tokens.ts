import type { Config } from "../../shared/core/config.ts";
import type { AcceptedTokens } from "../../shared/identity/accepted-tokens.ts";
import { apiTokenPrefix, createApiTokenVerifier } from "../../shared/identity/api-tokens.ts";
import { bearerToken } from "../../shared/identity/bearer.ts";
import { tokenDigest } from "../../shared/identity/token-hash.ts";
import type { Clock } from "../../shared/vending/ports.ts";
import type { HttpRequest } from "../http.ts";

/**
 * Tells requests whose token was accepted lately, or is an API token, from others: by hashes, and without verifying a signature. What
 * is told decides who is heard where too many ask, and no more.
 *
 * @example createKnownTokens({ config, accepted, clock })({ authorization: "Bearer eyJhbGciOi…" }) // true
 */
export function createKnownTokens({
  config,
  accepted,
  clock,
}: {
  config: Pick<Config, "apiTokens">;
  accepted: AcceptedTokens;
  clock: Pick<Clock, "now">;
}): (headers: HttpRequest["headers"]) => boolean {
  const verifyApiToken = createApiTokenVerifier(config.apiTokens);
  return (headers) => {
    const now = clock.now();
    try {
      const token = bearerToken(headers);
      if (!token.startsWith(apiTokenPrefix)) return accepted.find(tokenDigest(token), now) !== undefined;
      verifyApiToken(token, now);
      return true;
    } catch {
      return false;
    }
  };
}
