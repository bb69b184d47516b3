import { durationText, valueText } from "./words.ts";

export type Claims = Readonly<Record<string, unknown>>;

const mostCharacters = 200;

/**
 * The claims that a JWT shows to anybody; undefined for a token of another kind. Whether its signature is good only the service knows.
 *
 * @example claimsOf(token)?.["sub"] // "alice"
 */
export function claimsOf(token: string): Claims | undefined {
  const [, payload, signature, ...more] = token.split(".");
  if (!payload || signature === undefined || more.length > 0) return undefined;
  try {
    const binary = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims)
      ? (claims as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The token in what somebody pasted or dropped: without blanks, a `Bearer` or quotes around it. Undefined for what no header can carry.
 *
 * @example tokenIn(' "Bearer eyJhbGciOi…"\n') // "eyJhbGciOi…"
 */
export function tokenIn(text: string): string | undefined {
  const token = text
    .trim()
    .replace(/^(["'])(.*)\1$/s, "$2")
    .replace(/^(Authorization:\s*)?Bearer\s+/i, "")
    .trim();
  return /^[\w.~+/=-]{1,20000}$/.test(token) ? token : undefined;
}

/**
 * Why a token is probably not accepted, and what to do, in the words for its holder.
 *
 * @param now epoch milliseconds
 * @example adviceOnToken("kvt_…", Date.now())
 */
export function adviceOnToken(token: string, now: number): string {
  if (token.startsWith("kvt_"))
    return "It is a static token of keyvend's: it has ended, or the service does not know it. Ask the operator.";
  const claims = claimsOf(token);
  if (claims === undefined)
    return "It is no JWT, which has three parts with dots between them: check where it comes from.";
  const { exp, nbf, iss, aud } = claims;
  if (isTime(exp) && exp * 1_000 <= now)
    return `It ended ${durationText(now / 1_000 - exp)} ago: get a new one.`;
  if (isTime(nbf) && nbf * 1_000 > now)
    return `It is good in ${durationText(nbf - now / 1_000)} only: check this machine's clock.`;
  return `It is for the audience ${short(aud)}, of the issuer ${short(iss)}. If the service accepts these, its signature or its kind is not good; else get one for the audience that the service wants.`;
}

const isTime = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 8.64e12;
const short = (claim: unknown) =>
  claim === undefined ? "(none)" : [claim].flat().map(valueText).join(", ").slice(0, mostCharacters);
