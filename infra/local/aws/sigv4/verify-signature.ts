import { createHmac, timingSafeEqual } from "node:crypto";
import type { ReceivedRequest } from "../listener.ts";
import { canonicalRequest, type PathEncoding, sha256Hex } from "./canonical-request.ts";
import type { Signature } from "./read-signature.ts";
import { SignatureRefused } from "./signature-refused.ts";

/** How far a signer's clock may be ahead of this clock, or behind it. */
const mostSkewMs = 15 * 60_000;

/** A service's rules for signatures, besides that they must be right. */
export interface SignatureRules {
  service: string;
  /** Absent: any region. */
  region: string | undefined;
  pathEncoding: PathEncoding;
}

/**
 * Refuses a signature that is for another service, region or time. `now` in epoch milliseconds.
 *
 * @throws SignatureRefused `wrong-scope`, `skewed`, `link-expired`
 */
export function verifyScope(signature: Signature, rules: SignatureRules, now: number): void {
  const { service, region, scopeDate, amzDate, signedAt, validForSeconds } = signature;
  const regionFits = rules.region === undefined || region === rules.region;
  if (service !== rules.service || !regionFits || scopeDate !== amzDate.slice(0, 8))
    throw new SignatureRefused("wrong-scope");
  if (signedAt > now + mostSkewMs) throw new SignatureRefused("skewed");
  if (validForSeconds === undefined) {
    if (signedAt < now - mostSkewMs) throw new SignatureRefused("skewed");
  } else if (now >= signedAt + validForSeconds * 1_000) throw new SignatureRefused("link-expired");
}

/**
 * Refuses a signature that this secret did not make over this request. The comparison takes constant time.
 *
 * @throws SignatureRefused `wrong-signature`, `malformed`
 */
export function verifySignature(
  request: ReceivedRequest,
  signature: Signature,
  key: Buffer,
  payloadHash: string,
  pathEncoding: PathEncoding,
): void {
  const canonical = canonicalRequest(request, signature.signedHeaders, payloadHash, pathEncoding);
  const text = ["AWS4-HMAC-SHA256", signature.amzDate, signature.scope, sha256Hex(canonical)].join("\n");
  requireEqual(signature.value, hmac(key, text).toString("hex"));
}

/** The key that a secret gives for the signature's scope. */
export function signingKey(secretAccessKey: string, { scopeDate, region, service }: Signature): Buffer {
  return [scopeDate, region, service, "aws4_request"].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Compares two hexadecimal SHA-256 sums in constant time, and refuses the signature if they differ. */
export function requireEqual(one: string, other: string): void {
  const [a, b] = [Buffer.from(one, "hex"), Buffer.from(other, "hex")];
  if (a.length !== b.length || !timingSafeEqual(a, b)) throw new SignatureRefused("wrong-signature");
}
