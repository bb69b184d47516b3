import { durationText } from "./output.ts";

const mostCharacters = 200;

/**
 * What a token that the service did not accept tells by itself, and what to do. Nothing of it is shown but its issuer, its
 * audience and its times. Whether its signature is good only the service knows.
 *
 * @param now epoch milliseconds
 * @example adviceOnToken(token, Date.now()) // "Your token ended at 2026-11-26T12:00:00Z, 3 h ago: get a new one. …"
 */
export function adviceOnToken(token: string, now: number): string {
  if (token.startsWith("kvt_"))
    return "Your token is a static one of keyvend's: it has ended, or the service does not know it. Ask its operator.";
  const claims = claimsOf(token);
  if (claims === undefined)
    return "Your token is no JWT, which has three parts with dots between them: check where it comes from.";
  const { exp, nbf, iss, aud } = claims;
  if (isTime(exp) && exp * 1_000 <= now) {
    const remedy =
      "get a new one. For work that takes longer, give a file that is kept fresh (--token-file).";
    return `Your token ended at ${textOf(exp)}, ${spanOf(now - exp * 1_000)} ago: ${remedy}`;
  }
  if (isTime(nbf) && nbf * 1_000 > now)
    return `Your token is good from ${textOf(nbf)} on, in ${spanOf(nbf * 1_000 - now)}: check this machine's clock.`;
  const end = isTime(exp) ? ` and ends at ${textOf(exp)}` : "";
  return `Your token is for the audience ${quoted(aud)}, of the issuer ${quoted(iss)}${end}. If the service accepts these, its signature or its kind is not good; else get one for the audience that the service wants.`;
}

function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload, signature, ...more] = token.split(".");
  if (!payload || signature === undefined || more.length > 0) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? { ...claims } : undefined;
  } catch {
    return undefined;
  }
}

const isTime = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 8.64e12;
const textOf = (seconds: number) => `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
const spanOf = (milliseconds: number) => durationText(Math.max(1, Math.round(milliseconds / 1_000)));
const quoted = (claim: unknown) =>
  claim === undefined ? "(none)" : [claim].flat().map(String).join(", ").slice(0, mostCharacters);
