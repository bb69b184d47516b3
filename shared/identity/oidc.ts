import { jwtVerify } from "jose/jwt/verify";
import type { TrustedIssuer } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import type { Principal } from "../core/principal.ts";
import type { IssuerKeys } from "./jwks.ts";
import { tokenHash } from "./token-hash.ts";
import { unauthenticated } from "./unauthenticated.ts";
import { readUnverified } from "./unverified-token.ts";

/** All that a configuration may choose from: asymmetric, so that a public key can never have signed a token. */
const signatureAlgorithms: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** Members by which a token would bring its own key, or its own rules (RFC 7515, 4.1). */
const forbiddenHeaders = ["jku", "jwk", "x5u", "x5c", "crit"];

/** No paths; but the base64 of a SHA-256, which is what Cognito uses, may well hold a slash. */
const keyIdForm = /^(?:(?!.*\.\.)[\w.:=+~@-]{1,256}|[A-Za-z0-9+/]{43}=)$/;

export interface OidcVerifier {
  /**
   * The caller that a token proves. `now` is in epoch milliseconds. Throws `VendError`: `unauthenticated`, with the
   * reason as its cause, or `unavailable` where the issuer's keys cannot be had.
   */
  verify(token: string, now: number): Promise<Principal>;
}

/**
 * Verifies OIDC tokens against the configured issuers, and asks nobody else anything.
 *
 * @example
 * const verifier = createOidcVerifier({ issuers: config.issuers, keys: createIssuerKeys({ store }) });
 * const principal = await verifier.verify(bearerToken(headers), Date.now());
 */
export function createOidcVerifier(ports: {
  issuers: ReadonlyMap<string, TrustedIssuer>;
  keys: IssuerKeys;
}): OidcVerifier {
  const issuers = byAddress(ports.issuers);

  async function principalOf(token: string, now: number): Promise<Principal> {
    const { header, payload } = readUnverified(token);
    const { iss } = payload;
    const issuer = typeof iss === "string" ? issuers.get(iss) : undefined;
    if (issuer === undefined) throw new Error("iss is not a configured issuer");
    checkHeader(header);

    const { payload: claims } = await jwtVerify(token, ports.keys.of(issuer, now), {
      algorithms: issuer.algorithms.filter((algorithm) => signatureAlgorithms.includes(algorithm)),
      issuer: issuer.issuer,
      audience: [...issuer.audience],
      requiredClaims: ["exp", "sub", ...issuer.requiredClaims],
      clockTolerance: issuer.clockToleranceSeconds,
      currentDate: new Date(now),
    });
    const { sub, iat } = claims;
    if (typeof sub !== "string" || sub === "") throw new Error("sub is not a name");
    // jose looks at iat only where a maximum age is set.
    if (iat !== undefined && iat > now / 1_000 + issuer.clockToleranceSeconds)
      throw new Error("iat is to come");
    return { issuer: issuer.name, subject: sub, claims, kind: "oidc", tokenHash: tokenHash(token) };
  }

  return {
    async verify(token, now) {
      try {
        return await principalOf(token, now);
      } catch (error) {
        if (error instanceof VendError) throw error;
        throw unauthenticated(error instanceof Error ? error.message : "unknown");
      }
    },
  };
}

function byAddress(configured: ReadonlyMap<string, TrustedIssuer>): Map<string, TrustedIssuer> {
  const issuers = new Map<string, TrustedIssuer>();
  for (const issuer of configured.values()) {
    // Two sets of rules for one issuer would leave it to their order which holds.
    if (issuers.has(issuer.issuer)) throw new Error(`Two issuers are configured as ${issuer.issuer}`);
    issuers.set(issuer.issuer, issuer);
  }
  return issuers;
}

function checkHeader(header: Readonly<Record<string, unknown>>): void {
  const forbidden = forbiddenHeaders.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) throw new Error(`header ${forbidden} is forbidden`);
  const { kid } = header;
  if (kid !== undefined && !(typeof kid === "string" && keyIdForm.test(kid)))
    throw new Error("kid is malformed");
}
