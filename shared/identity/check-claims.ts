import { type Claims, createClaimReader } from "../core/claims.ts";
import { textsOf } from "../core/condition.ts";
import type { TrustedIssuer } from "../core/config.ts";
import { quoted } from "./quoted.ts";

/** Claims of tokens that are correctly signed but do not identify the caller that presents them, each with the reason. */
export const claimsOfNoIdentity: Readonly<Record<string, string>> = {
  // RFC 7800. The issuer bound the token to a key against theft; accepting it without that key's proof would undo this.
  cnf: "is bound to a key",
  // RFC 8417: a logout token among others.
  events: "tells of events",
};

/**
 * Checks what the configuration demands of an issuer's tokens beside their signature and times: their audience, and the
 * claims that they hold.
 *
 * @throws Error with the reason, for the operator
 */
export function checkClaims(claims: Claims, issuer: TrustedIssuer): void {
  for (const [claim, fault] of Object.entries(claimsOfNoIdentity))
    if (Object.hasOwn(claims, claim)) throw new Error(`the token ${fault} ("${claim}")`);
  checkAudience(claims, issuer);
  checkRequired(claims, issuer);
}

function checkAudience(claims: Claims, { audience }: TrustedIssuer): void {
  const aud = Object.hasOwn(claims, "aud") ? claims["aud"] : undefined;
  const named: unknown[] = Array.isArray(aud) ? aud : [aud];
  const isOurs =
    audience === "none"
      ? aud === undefined
      : named.some((one) => typeof one === "string" && audience.includes(one));
  if (!isOurs) throw new Error(`unexpected "aud": ${quoted(aud)}`);
}

function checkRequired(claims: Claims, { requiredClaims }: TrustedIssuer): void {
  const { read } = createClaimReader(claims);
  for (const [claim, accepted] of Object.entries(requiredClaims)) {
    const value = read(claim);
    if (value === undefined) throw new Error(`missing "${claim}"`);
    if (!isAccepted(value, accepted)) throw new Error(`unexpected "${claim}": ${quoted(value)}`);
  }
}

/**
 * Is a claim's value one of the accepted values? If none are listed, every value is accepted. An array is accepted if one
 * of its elements is.
 *
 * @example isAccepted(["a", "b"], ["b"]) // true
 */
export function isAccepted(value: unknown, accepted: readonly string[]): boolean {
  return accepted.length === 0 || textsOf(value).some((text) => accepted.includes(String(text)));
}
