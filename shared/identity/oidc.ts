import { type Claims, createClaimReader } from "../core/claims.ts";
import type { TrustedIssuer } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import type { Principal } from "../core/principal.ts";
import { type AcceptedTokens, createAcceptedTokens } from "./accepted-tokens.ts";
import { checkClaims } from "./check-claims.ts";
import { checkTimes } from "./check-times.ts";
import { isAsymmetric, type TokenHeader } from "./fitting-keys.ts";
import { type IssuerKeys, NotByThisKey } from "./jwks.ts";
import { quoted } from "./quoted.ts";
import { isSignedBy, type Jwk } from "./signature.ts";
import { beginningOf, tokenDigest } from "./token-hash.ts";
import { tokenTypeOf } from "./token-type.ts";
import { unauthenticated } from "./unauthenticated.ts";
import { readUnverified } from "./unverified-token.ts";

/**
 * The longest token, in characters. API Gateway's HTTP API takes 10,240 bytes of request line and headers together, so no
 * longer token can arrive in a header.
 */
const mostTokenCharacters = 10_240;

/** Header members that change how to read a token (RFC 7515, 4.1.11; RFC 7797). This code understands none of them. */
const forbiddenMembers = ["crit", "b64"];

/** A `kid` is only compared, so its characters do not matter. */
const mostKidCharacters = 1_024;

export interface OidcVerifier {
  /**
   * The caller that a token proves. `now` is in epoch milliseconds. A door that takes longer tokens than headers can hold
   * gives its own `mostCharacters`. Throws `VendError`: `unauthenticated`, with the reason as its cause, or `unavailable`
   * if the issuer's keys cannot be fetched, with the issuer, the step and the cause as its cause.
   */
  verify(token: string, now: number, mostCharacters?: number): Promise<Principal>;
}

/**
 * Verifies OIDC tokens against the configured issuers. It sends requests to no other party.
 *
 * @example
 * const verifier = createOidcVerifier({ issuers: config.issuers, keys: createIssuerKeys({ store }) });
 * const principal = await verifier.verify(bearerToken(headers), Date.now());
 */
export function createOidcVerifier(ports: {
  issuers: ReadonlyMap<string, TrustedIssuer>;
  keys: IssuerKeys;
  /** Default: its own. */
  accepted?: AcceptedTokens | undefined;
}): OidcVerifier {
  const issuers = byAddress(ports.issuers);
  const { accepted = createAcceptedTokens() } = ports;

  async function principalOf(token: string, now: number): Promise<Principal> {
    const digest = tokenDigest(token);
    const known = accepted.find(digest, now);
    const { header, payload: claims } = known ?? readUnverified(token);
    const { iss } = claims;
    const issuer = typeof iss === "string" ? issuers.get(iss) : undefined;
    if (issuer === undefined) throw new Error(`iss is not a configured issuer: ${quoted(iss)}`);
    try {
      const alg = algorithmOf(header, issuer);
      // This comes before the search for the key: a token that is out of date is so whichever key signed it.
      checkTimes(claims, issuer, now);
      // A token that is known is verified again once its issuer's keys were read anew: its own may be gone.
      const isVerified = known !== undefined && known.keys === (await ports.keys.current(issuer, now));
      const keys = isVerified
        ? known.keys
        : await ports.keys.verifyBy(issuer, header, now, (key) => checkSignature(key, token, alg));
      // This comes after the signature: else a forger could see by the answer's time, or code, which values are accepted.
      checkClaims(claims, issuer);
      const subject = subjectOf(claims);
      // Only now, so that tokens which are signed and not accepted push none out.
      if (!isVerified) accepted.remember(digest, { header, payload: claims, keys }, now);
      return { issuer: issuer.name, subject, claims, kind: "oidc", tokenHash: beginningOf(digest) };
    } catch (error) {
      throw error instanceof VendError ? error : new Error(`issuers.${issuer.name}: ${reasonOf(error)}`);
    }
  }

  return {
    async verify(token, now, mostCharacters = mostTokenCharacters) {
      if (token.length > mostCharacters) throw tooLong(mostCharacters);
      try {
        return await principalOf(token, now);
      } catch (error) {
        throw error instanceof VendError ? error : unauthenticated(reasonOf(error));
      }
    },
  };
}

function byAddress(configured: ReadonlyMap<string, TrustedIssuer>): Map<string, TrustedIssuer> {
  const issuers = new Map<string, TrustedIssuer>();
  for (const issuer of configured.values()) {
    // With two sets of rules for one issuer, their order would decide which of them holds.
    if (issuers.has(issuer.issuer)) throw new Error(`Two issuers are configured as ${issuer.issuer}`);
    issuers.set(issuer.issuer, issuer);
  }
  return issuers;
}

/** A token may bring keys, or name an address of keys (`jwk`, `x5c`, `jku`, `x5u`). Nothing here reads these members. */
function algorithmOf(header: TokenHeader, issuer: TrustedIssuer): string {
  const forbidden = forbiddenMembers.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) throw new Error(`header ${forbidden} is not understood`);
  const { kid, typ, alg } = header;
  if (kid !== undefined && !(typeof kid === "string" && kid.length <= mostKidCharacters))
    throw new Error("kid is malformed");
  const type = tokenTypeOf(typ);
  if (type === undefined || !issuer.tokenTypes.includes(type))
    throw new Error(`typ is not accepted: ${quoted(typ)}`);
  // This comes before the search for a key: the issuer may have no key for an algorithm that is not accepted.
  if (typeof alg !== "string" || !issuer.algorithms.includes(alg) || !isAsymmetric(alg))
    throw new Error(`alg is not accepted: ${quoted(alg)}`);
  return alg;
}

function checkSignature(key: Jwk, token: string, alg: string): void {
  let fault = "signature verification failed";
  try {
    if (isSignedBy(key, token, alg)) return;
  } catch (error) {
    fault = reasonOf(error);
  }
  throw new NotByThisKey(`by key ${quoted(key.kid)}: ${fault}`);
}

function subjectOf(claims: Claims): string {
  const sub = createClaimReader(claims).read("sub");
  if (typeof sub !== "string" || sub === "") throw new Error('"sub" is no name');
  return sub;
}

/** A token's length is no secret. Without this message, the caller with a good token could not learn what is wrong. */
function tooLong(mostCharacters: number): VendError {
  const most = mostCharacters.toLocaleString("en");
  return new VendError("unauthenticated", `The identity token is longer than ${most} characters.`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
