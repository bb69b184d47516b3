import { faultOfClaimName, simplestName, topClaim } from "../../shared/core/claims.ts";
import { reservedIssuers, type TrustedIssuer } from "../../shared/core/config.ts";
import { isLiteral } from "../../shared/core/pattern.ts";
import { claimsOfNoIdentity } from "../../shared/identity/check-claims.ts";
import { noTokenType, tokenTypeOf } from "../../shared/identity/token-type.ts";
import { byClaim } from "./claim-names.ts";
import { issuerEntry, listOf } from "./document.ts";
import { type Report, under } from "./faults.ts";
import { membersOf, readEntry, readNamed, unknownKey } from "./read-entry.ts";

/**
 * The usual types of identity and access tokens. `at+jwt` is from RFC 9068. The tokens of many issuers have no type.
 */
const usualTokenTypes = [noTokenType, "JWT", "at+jwt"];

/** Types of tokens that do not identify the caller that presents them: reports, proofs of a key, requests. */
const typesOfNoIdentity = ["secevent+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt"].map(tokenTypeOf);

/** Claims with the same value in every token of an issuer or of a kind. They do not tell for whom a token was made. */
const claimsForAnyone = ["iss", "token_use", "ver"];

/** Reads the section `issuers`. No two issuers may have the same address, since a token would belong to both. */
export function readIssuers(section: unknown, report: Report): Map<string, TrustedIssuer> {
  const issuers = new Map<string, TrustedIssuer>();
  for (const { name, value, reportEntry } of readNamed(section, 50, report)) {
    if (reservedIssuers.some((reserved) => reserved === name))
      reportEntry([], "is a reserved name: in grants it stands for another kind of caller");
    // zod skips this key, and a requirement would be lost.
    if (Object.hasOwn(membersOf(membersOf(value)["requiredClaims"]), "__proto__"))
      reportEntry(["requiredClaims", "__proto__"], unknownKey);
    const entry = readEntry(issuerEntry, value, reportEntry);
    if (entry === undefined) continue;
    const twin = [...issuers.values()].find(({ issuer }) => issuer === entry.issuer);
    if (twin !== undefined) reportEntry(["issuer"], `is already the address of issuers.${twin.name}`);
    if (isForManyTenants(entry.issuer)) reportEntry(["issuer"], oneTenantEach);
    const issuer: TrustedIssuer = {
      algorithms: ["RS256", "ES256"],
      clockToleranceSeconds: 30,
      ...entry,
      name,
      audience: entry.audience === "none" ? "none" : listOf(entry.audience),
      tokenTypes: readTokenTypes(entry.tokenTypes ?? usualTokenTypes, under(reportEntry, "tokenTypes")),
      requiredClaims: requiredClaimsOf(entry.requiredClaims ?? [], under(reportEntry, "requiredClaims")),
    };
    checkAudience(issuer, reportEntry);
    checkRequiredClaims(issuer, under(reportEntry, "requiredClaims"));
    issuers.set(name, issuer);
  }
  return issuers;
}

const oneTenantEach =
  "must be the issuer of one tenant, with the `iss` of its tokens: write an issuer for each tenant, such as https://login.microsoftonline.com/<tenant id>/v2.0, and name all of them in the grant's issuer";

/**
 * Whether a provider describes all its tenants at once under this address. Either no token has such an `iss`, or tokens of
 * any tenant have it.
 */
function isForManyTenants(address: string): boolean {
  return /[{}]|%7[bd]/i.test(address) || allTenantsOfMicrosoft.test(address);
}

/** Only there do these words stand for tenants: a realm of another provider may have such a name. */
const allTenantsOfMicrosoft =
  /^https:\/\/(login\.|sts\.)[\w.]*(microsoft|windows)[\w.]*\/(common|organizations|consumers)(\/|$)/i;

/** The types in the form in which they are compared. The word for a token without a type stays as it is. */
function readTokenTypes(types: readonly string[], report: Report): string[] {
  return types.map((text, index) => {
    const type = text === noTokenType ? noTokenType : (tokenTypeOf(text) ?? "");
    if (typesOfNoIdentity.includes(type)) report([index], "is a type of tokens that identify no caller");
    return type;
  });
}

function requiredClaimsOf(entry: string[] | Record<string, string | string[]>, report: Report) {
  if (Array.isArray(entry)) return Object.fromEntries(entry.map((name) => [simplestName(name), []]));
  return byClaim(entry, report);
}

function checkAudience({ audience, requiredClaims }: TrustedIssuer, report: Report): void {
  if (audience !== "none") {
    if (audience.includes("none")) report(["audience"], "must be either none alone or values of `aud`");
    return;
  }
  const tellsAudience = ([name, values]: [string, readonly string[]]) =>
    values.length > 0 && !claimsForAnyone.includes(topClaim(name));
  // Without such a claim a token that the issuer made for any other service would be accepted.
  if (!Object.entries(requiredClaims).some(tellsAudience))
    report(
      ["requiredClaims"],
      "must tell for whom the tokens are, since audience is none: require a claim with its values, such as client_id with the client's id",
    );
  for (const name of Object.keys(requiredClaims))
    if (topClaim(name) === "aud") report(["requiredClaims", name], "can never be met if audience is none");
}

function checkRequiredClaims({ requiredClaims }: TrustedIssuer, report: Report): void {
  for (const [name, values] of Object.entries(requiredClaims)) {
    const fault = faultOfClaimName(name);
    if (fault !== undefined) report([name], fault);
    if (Object.hasOwn(claimsOfNoIdentity, topClaim(name)))
      report([name], "can never be met: a token that has it is refused");
    if (!values.every(isLiteral)) report([name], "must have plain values: only grants have patterns");
  }
}
