import { type Claims, createClaimReader } from "../../shared/core/claims.ts";
import type { Config, TrustedIssuer } from "../../shared/core/config.ts";
import type { Principal } from "../../shared/core/principal.ts";
import { claimsOfNoIdentity, isAccepted } from "../../shared/identity/check-claims.ts";
import type { CaseEntry } from "./case-entry.ts";
import { type Report, under } from "./faults.ts";

/** For a case in which the subject does not matter. */
const anyone = "anyone";

/**
 * The caller of a case, as it would come out of the identity that its issuer vouches for. A caller that never gets so far
 * is a fault: the case would prove nothing.
 */
export function callerOf(entry: CaseEntry, config: Config, report: Report): Principal {
  const { issuer, subject = anyone, claims = {} } = entry;
  if (entry.subject === undefined && entry.claims === undefined) {
    report(["subject"], "is required where there are no claims");
  }
  for (const [claim, field] of [
    ["sub", "subject"],
    ["iss", "issuer"],
  ] as const) {
    if (Object.hasOwn(claims, claim)) report(["claims", claim], `is said by ${field}`);
  }
  const caller = { issuer, subject, tokenHash: "" };
  switch (issuer) {
    case "aws":
      return { ...caller, kind: "aws", claims: { ...claims, sub: subject } };
    case "api-token": {
      const token = config.apiTokens.find(({ name }) => name === subject);
      if (token === undefined) report(["subject"], "is the name of no API token");
      if (entry.claims !== undefined) report(["claims"], "are the API token's own");
      return { ...caller, kind: "api-token", claims: { ...token?.claims, sub: subject } };
    }
  }
  const trusted = config.issuers.get(issuer);
  if (trusted === undefined) report(["issuer"], "is not among the issuers");
  const whole = { ...claims, iss: trusted?.issuer, sub: subject };
  if (trusted !== undefined) checkAccepted(entry, whole, trusted, under(report, "claims"));
  return { ...caller, kind: "oidc", claims: whole };
}

/** The claims of a caller that its issuer's tokens let in: those that its case says, and those that any token has. */
function checkAccepted(entry: CaseEntry, claims: Claims, issuer: TrustedIssuer, report: Report): void {
  for (const [claim, accepted] of Object.entries(issuer.requiredClaims)) {
    const value = createClaimReader(claims).read(claim);
    // A case in which the subject does not matter is for callers that have an accepted one.
    if (claim === "sub" && entry.subject === undefined) continue;
    if (value === undefined)
      report([claim], `is required by issuers.${issuer.name}: without it, no caller is let in`);
    else if (!isAccepted(value, accepted))
      report([claim], `is no value that issuers.${issuer.name} accepts: with it, no caller is let in`);
  }
  for (const claim of [...Object.keys(claimsOfNoIdentity), ...(issuer.audience === "none" ? ["aud"] : [])]) {
    if (Object.hasOwn(claims, claim))
      report([claim], "is in no token that is accepted: with it, no caller is let in");
  }
}
