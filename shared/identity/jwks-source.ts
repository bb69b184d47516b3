import type { TrustedIssuer } from "../core/config.ts";

/** The address where the search for an issuer's keys begins: the keys' own, or that of the discovery document. */
export function sourceOf(issuer: TrustedIssuer): string {
  // OpenID Connect Discovery 4.1: a terminating slash is removed before the well-known path is appended.
  return issuer.jwksUri ?? `${issuer.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
}
