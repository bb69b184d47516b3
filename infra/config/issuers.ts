import { faultOfClaimName } from "../../shared/core/claims.ts";
import { reservedIssuers, type TrustedIssuer } from "../../shared/core/config.ts";
import { claimsOfNoIdentity } from "../../shared/identity/check-claims.ts";
import { noTokenType, tokenTypeOf } from "../../shared/identity/token-type.ts";
import { issuerEntry, listOf } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { membersOf, readEntry, readNamed, unknownKey } from "./read-entry.ts";

/** What identity and access tokens are called. `at+jwt` is from RFC 9068; many issuers call theirs nothing. */
const usualTokenTypes = [noTokenType, "JWT", "at+jwt"];

/** Types of tokens that identify nobody who presents them: reports, proofs of a key, requests. */
const typesOfNoIdentity = ["secevent+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt"].map(tokenTypeOf);

/** What every token of an issuer has the same value of, or every kind of token: none tells whom a token is for. */
const claimsForAnyone = ["iss", "token_use"];

/** Reads the section `issuers`. No two may have one address, or a token would belong to both. */
export function readIssuers(section: unknown, report: Report): Map<string, TrustedIssuer> {
  const issuers = new Map<string, TrustedIssuer>();
  for (const { name, value, reportEntry } of readNamed(section, 50, report)) {
    if (reservedIssuers.some((reserved) => reserved === name))
      reportEntry([], "is a name that grants know something else by");
    // zod passes over this key, and a demand would be lost.
    if (Object.hasOwn(membersOf(membersOf(value)["requiredClaims"]), "__proto__"))
      reportEntry(["requiredClaims", "__proto__"], unknownKey);
    const entry = readEntry(issuerEntry, value, reportEntry);
    if (entry === undefined) continue;
    const twin = [...issuers.values()].find(({ issuer }) => issuer === entry.issuer);
    if (twin !== undefined) reportEntry(["issuer"], `is the address of issuers.${twin.name} already`);
    const issuer: TrustedIssuer = {
      algorithms: ["RS256", "ES256"],
      clockToleranceSeconds: 30,
      ...entry,
      name,
      audience: entry.audience === "none" ? "none" : listOf(entry.audience),
      tokenTypes: readTokenTypes(entry.tokenTypes ?? usualTokenTypes, under(reportEntry, "tokenTypes")),
      requiredClaims: requiredClaimsOf(entry.requiredClaims ?? []),
    };
    checkAudience(issuer, reportEntry);
    checkRequiredClaims(issuer, under(reportEntry, "requiredClaims"));
    issuers.set(name, issuer);
  }
  return issuers;
}

/** As they are compared. The word for a token without a type is no type. */
function readTokenTypes(types: readonly string[], report: Report): string[] {
  return types.map((written, index) => {
    const type = written === noTokenType ? noTokenType : (tokenTypeOf(written) ?? "");
    if (typesOfNoIdentity.includes(type)) report([index], "is a type of tokens that identify no caller");
    return type;
  });
}

function requiredClaimsOf(required: readonly string[] | Record<string, string | string[]>) {
  if (Array.isArray(required)) return Object.fromEntries(required.map((name) => [name, []]));
  return Object.fromEntries(Object.entries(required).map(([name, values]) => [name, listOf(values)]));
}

function checkAudience({ audience, requiredClaims }: TrustedIssuer, report: Report): void {
  if (audience !== "none") {
    if (audience.includes("none")) report(["audience"], "must be none alone, or else values of `aud`");
    return;
  }
  const tells = ([name, values]: [string, readonly string[]]) =>
    values.length > 0 && !claimsForAnyone.includes(name);
  // Otherwise a token that the issuer made for any other service would be accepted.
  if (!Object.entries(requiredClaims).some(tells))
    report(
      ["requiredClaims"],
      "must tell, where audience is none, whom the tokens are for: a claim and its values, such as client_id: the client's id",
    );
  if (Object.hasOwn(requiredClaims, "aud"))
    report(["requiredClaims", "aud"], "can never be met where audience is none");
}

function checkRequiredClaims({ requiredClaims }: TrustedIssuer, report: Report): void {
  for (const [name, values] of Object.entries(requiredClaims)) {
    const fault = faultOfClaimName(name);
    if (fault !== undefined) report([name], fault);
    if (Object.hasOwn(claimsOfNoIdentity, name))
      report([name], "can never be met: a token that has it is refused");
    if (values.some((value) => value.includes("*")))
      report([name], "must be values as they are: patterns are for grants");
  }
}
