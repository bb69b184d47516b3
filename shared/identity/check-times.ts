import { type Claims, createClaimReader } from "../core/claims.ts";
import type { TrustedIssuer } from "../core/config.ts";

/**
 * Checks that a token is in force. It must have `exp`. `nbf` and `iat` are checked if it has them, and it must have `iat`
 * if the configuration limits the age of the issuer's tokens. `now` is in epoch milliseconds.
 *
 * @throws Error with the reason, for the operator
 */
export function checkTimes(claims: Claims, issuer: TrustedIssuer, now: number): void {
  const { clockToleranceSeconds: tolerance, maxTokenAgeSeconds = Number.POSITIVE_INFINITY } = issuer;
  const seconds = now / 1_000;
  const [exp, nbf, iat] = ["exp", "nbf", "iat"].map((name) => timeOf(claims, name));
  if (exp === undefined) throw new Error('missing "exp"');
  if (exp <= seconds - tolerance) throw new Error('"exp" has passed');
  if (nbf !== undefined && nbf > seconds + tolerance) throw new Error('"nbf" is to come');
  if (iat !== undefined && iat > seconds + tolerance) throw new Error('"iat" is to come');
  if (seconds - tolerance - (iat ?? Number.NEGATIVE_INFINITY) > maxTokenAgeSeconds)
    throw new Error('"iat" is missing or too long ago');
}

/** A claim in seconds. It must be finite, because JSON can hold numbers that are read as infinite. */
function timeOf(claims: Claims, name: string): number | undefined {
  const value = createClaimReader(claims).read(name);
  if (value !== undefined && !Number.isFinite(value)) throw new Error(`"${name}" is no time`);
  return value as number | undefined;
}
