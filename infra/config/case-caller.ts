import { type Claims, createClaimReader } from "../../shared/core/claims.ts";
import type { Config, TrustedIssuer } from "../../shared/core/config.ts";
import type { Principal } from "../../shared/core/principal.ts";
import { claimsOfNoIdentity, isAccepted } from "../../shared/identity/check-claims.ts";
import type { CaseEntry } from "./case-entry.ts";
import { nestedClaims } from "./claim-names.ts";
import { type Report, under } from "./faults.ts";

/** The subject of a caller in a case where the subject does not matter. */
const anyone = "anyone";

/**
 * The caller of a case, as the service would identify it by a token of the case's issuer. It is a fault if the service
 * would refuse such a token, since the case would then prove nothing.
 */
export function callerOf(entry: CaseEntry, config: Config, report: Report): Principal {
  const { issuer, subject = anyone } = entry;
  const claims = nestedClaims(entry.claims ?? {}, under(report, "claims"));
  if (entry.subject === undefined && entry.claims === undefined) {
    report(["subject"], "is required where there are no claims");
  }
  for (const [claim, field] of [
    ["sub", "subject"],
    ["iss", "issuer"],
  ] as const) {
    if (Object.hasOwn(claims, claim)) report(["claims", claim], `belongs in the field ${field}`);
  }
  const caller = { issuer, subject, tokenHash: "" };
  switch (issuer) {
    case "aws":
      return { ...caller, kind: "aws", claims: { ...claims, sub: subject } };
    case "api-token": {
      const token = config.apiTokens.find(({ name }) => name === subject);
      if (token === undefined) report(["subject"], "is not the name of an API token");
      if (entry.claims !== undefined) report(["claims"], "must be left out: an API token has its own claims");
      return { ...caller, kind: "api-token", claims: { ...token?.claims, sub: subject } };
    }
    case "client-key": {
      const key = config.clientKeys.find(({ name }) => name === subject);
      if (key === undefined) report(["subject"], "is not the name of a client key");
      if (entry.claims !== undefined) report(["claims"], "must be left out: a client key has its own claims");
      return { ...caller, kind: "client-key", claims: { ...key?.claims, sub: subject } };
    }
  }
  const trustedIssuer = config.issuers.get(issuer);
  if (trustedIssuer === undefined) report(["issuer"], "is not among the issuers");
  const allClaims = { ...claims, iss: trustedIssuer?.issuer, sub: subject };
  if (trustedIssuer !== undefined) checkAccepted(entry, allClaims, trustedIssuer, under(report, "claims"));
  return { ...caller, kind: "oidc", claims: allClaims };
}

/**
 * Checks that a token with a caller's claims would be accepted: those that the case gives, and those of every token.
 */
function checkAccepted(entry: CaseEntry, claims: Claims, issuer: TrustedIssuer, report: Report): void {
  for (const [claim, acceptedValues] of Object.entries(issuer.requiredClaims)) {
    const value = createClaimReader(claims).read(claim);
    // If the subject does not matter in a case, its caller has one that is accepted.
    if (claim === "sub" && entry.subject === undefined) continue;
    if (value === undefined)
      report([claim], `is required by issuers.${issuer.name}: a token without it is refused`);
    else if (!isAccepted(value, acceptedValues))
      report([claim], `is not a value that issuers.${issuer.name} accepts: a token with it is refused`);
  }
  for (const claim of [...Object.keys(claimsOfNoIdentity), ...(issuer.audience === "none" ? ["aud"] : [])]) {
    if (Object.hasOwn(claims, claim)) report([claim], "is in no accepted token: a token with it is refused");
  }
}
