import { createHash, timingSafeEqual } from "node:crypto";
import type { ApiToken } from "../core/config.ts";
import type { Principal } from "../core/principal.ts";
import { tokenHash } from "./token-hash.ts";
import { unauthenticated } from "./unauthenticated.ts";

/** Every API token begins with this. Secret scanners find it by that, and no JWT can begin like it. */
export const apiTokenPrefix = "kvt_";

/**
 * Verifies static API tokens by their hashes. Its function throws `VendError` `unauthenticated` for a token that is not
 * configured or has expired; `now` is in epoch milliseconds.
 *
 * @example createApiTokenVerifier(config.apiTokens)("kvt_…", Date.now()).subject // "ci-legacy"
 */
export function createApiTokenVerifier(
  tokens: readonly ApiToken[],
): (token: string, now: number) => Principal {
  const known = tokens.map((entry) => ({ ...entry, digest: Buffer.from(entry.sha256, "hex") }));
  return (token, now) => {
    const digest = createHash("sha256").update(token).digest();
    const match = known.find((entry) => timingSafeEqual(entry.digest, digest));
    if (match === undefined) throw unauthenticated("no such API token");
    const { name, expiresAt, claims } = match;
    if (now >= expiresAt) throw unauthenticated(`the API token ${name} has expired`);
    return {
      issuer: "api-token",
      subject: name,
      claims: { ...claims, sub: name },
      kind: "api-token",
      tokenHash: tokenHash(token),
    };
  };
}
