import type { TrustedIssuer } from "../core/config.ts";

/** Where an issuer's keys are looked for: their own address, or the issuer's discovery document. */
export function sourceOf(issuer: TrustedIssuer): string {
  // OpenID Connect Discovery 4.1: a terminating slash is removed before the well-known path is appended.
  return issuer.jwksUri ?? `${issuer.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
}
