import type { Jwk } from "./signature.ts";

/** The header of a token, which its issuer has signed with one of its keys. */
export type TokenHeader = Readonly<Record<string, unknown>>;

/**
 * The kind of key that each algorithm takes, and its curve if the algorithm has one. All are asymmetric, so that no token
 * can be signed with a public key.
 */
const kinds: readonly [algorithm: RegExp, kty: string, crv?: string][] = [
  [/^[RP]S(256|384|512)$/, "RSA"],
  [/^ES256$/, "EC", "P-256"],
  [/^ES384$/, "EC", "P-384"],
  [/^ES512$/, "EC", "P-521"],
  [/^Ed(DSA|25519)$/, "OKP", "Ed25519"],
];

/** May a configuration list this algorithm? `none` and the symmetric algorithms are never allowed. */
export function isAsymmetric(alg: string): boolean {
  return kinds.some(([algorithm]) => algorithm.test(alg));
}

/**
 * The keys of a set that may have signed a token. If the token names a key, they are the keys of that name; if the set has
 * none of that name, they are the keys without a name. If the token names no key, they are all keys. A key counts only if
 * it fits the token's algorithm and is meant for verifying.
 *
 * @example fittingKeys(keys, { alg: "ES256", kid: "2026-11" }) // [{ kty: "EC", crv: "P-256", kid: "2026-11", … }]
 */
export function fittingKeys(keys: readonly Jwk[], { alg, kid }: TokenHeader): Jwk[] {
  const [, kty, crv] = kinds.find(([algorithm]) => algorithm.test(String(alg))) ?? [];
  const named = keys.filter((key) => key.kid === kid);
  const candidates =
    kid === undefined ? keys : named.length > 0 ? named : keys.filter((key) => key.kid === undefined);
  return candidates.filter(
    (key) =>
      key.kty === kty &&
      (crv === undefined || key.crv === crv) &&
      (key.alg === undefined || key.alg === alg) &&
      (key.use === undefined || key.use === "sig") &&
      (key.key_ops === undefined || key.key_ops.includes("verify")),
  );
}
