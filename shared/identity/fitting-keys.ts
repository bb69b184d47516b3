import type { JWK } from "jose";

/** The header of a token, which its issuer has signed with one of its keys. */
export type TokenHeader = Readonly<Record<string, unknown>>;

/**
 * What kind of key each algorithm takes; of an elliptic curve, which. All are asymmetric, so that a public key can never
 * have signed a token.
 */
const kinds: readonly [algorithm: RegExp, kty: string, crv?: string][] = [
  [/^[RP]S(256|384|512)$/, "RSA"],
  [/^ES256$/, "EC", "P-256"],
  [/^ES384$/, "EC", "P-384"],
  [/^ES512$/, "EC", "P-521"],
  [/^Ed(DSA|25519)$/, "OKP", "Ed25519"],
];

/** Is this one of the algorithms that a configuration may choose from? Never `none`, and never a symmetric one. */
export function isAsymmetric(alg: string): boolean {
  return kinds.some(([algorithm]) => algorithm.test(alg));
}

/**
 * The keys of a set that may have signed a token. Where the token names its key, those of that name, and else those
 * without any; where it names none, all. Of these, the ones that its algorithm takes and that are there to verify with.
 *
 * @example fittingKeys(keys, { alg: "ES256", kid: "2026-11" }) // [{ kty: "EC", crv: "P-256", kid: "2026-11", … }]
 */
export function fittingKeys(keys: readonly JWK[], { alg, kid }: TokenHeader): JWK[] {
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
