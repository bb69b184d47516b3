import { constants, createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";

/** A public key as issuers publish it (RFC 7517), with the members that choosing a key needs. */
export interface Jwk {
  kty?: string | undefined;
  crv?: string | undefined;
  kid?: string | undefined;
  alg?: string | undefined;
  use?: string | undefined;
  key_ops?: string[] | undefined;
  [member: string]: unknown;
}

/** RFC 7518, 3.3: shorter keys must not be used. */
const leastModulusBits = 2_048;

/** Keys that were read and are long enough. Reading one costs as much as verifying by it. */
const read = new WeakMap<Jwk, KeyObject>();

/**
 * Reads a key, or gives it as it was read before.
 *
 * @throws Error when it cannot be read, or is too short.
 */
export function keyObjectOf(jwk: Jwk): KeyObject {
  const known = read.get(jwk);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
  const { modulusLength = leastModulusBits } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < leastModulusBits) throw new Error(`the key has less than ${leastModulusBits} bits`);
  read.set(jwk, key);
  return key;
}

/**
 * Has this key signed the token by this algorithm (RFC 7518, 3.1; RFC 8037)? The key must be of the algorithm's kind:
 * `fittingKeys` sees to that.
 *
 * @param token three parts in base64url, whose form was checked
 * @throws Error when the key cannot be read, or is too short.
 * @example isSignedBy(key, token, "ES256") // true
 */
export function isSignedBy(key: Jwk, token: string, alg: string): boolean {
  const dot = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(dot + 1), "base64url");
  const input = Buffer.from(token.slice(0, dot));
  // Ed25519 has its hash within.
  const digest = alg.startsWith("Ed") ? null : `sha${alg.slice(2)}`;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const form = { dsaEncoding: "ieee-p1363" as const, ...(alg.startsWith("PS") && pss) };
  return verify(digest, input, { key: keyObjectOf(key), ...form }, signature);
}
