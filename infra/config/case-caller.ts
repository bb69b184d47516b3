import type { Config } from "../../shared/core/config.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { CaseEntry } from "./case-entry.ts";
import type { Report } from "./faults.ts";

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
  for (const claim of trusted?.requiredClaims ?? []) {
    if (claim !== "sub" && claim !== "iss" && !Object.hasOwn(claims, claim))
      report(["claims", claim], `is required by issuers.${issuer}: without it, no caller is let in`);
  }
  return { ...caller, kind: "oidc", claims: { ...claims, iss: trusted?.issuer, sub: subject } };
}
