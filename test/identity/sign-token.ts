import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JWK } from "jose";

/** A key that signs any bytes: a library for tokens would refuse to make most of the attacks. */
export interface SigningKey {
  algorithm: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: JWK;
}

export function signingKey(algorithm: string, kid: string): SigningKey {
  const { publicKey, privateKey } = keyPair(algorithm);
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, use: "sig" } as JWK;
  return { algorithm, privateKey, publicKey, jwk };
}

function keyPair(algorithm: string) {
  if (algorithm.startsWith("Ed")) return generateKeyPairSync("ed25519");
  if (algorithm.startsWith("ES")) {
    return generateKeyPairSync("ec", { namedCurve: algorithm === "ES384" ? "P-384" : "P-256" });
  }
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

/** Signs any header and payload. Both may be text or bytes instead of values, for tests in which the spelling matters. */
export function signToken(key: SigningKey, payload: object | string, header?: object | string): string {
  const signed = [header ?? { alg: key.algorithm, kid: key.jwk.kid, typ: "JWT" }, payload]
    .map((part) => base64url(typeof part === "string" || Buffer.isBuffer(part) ? part : JSON.stringify(part)))
    .join(".");
  return `${signed}.${signature(key, Buffer.from(signed)).toString("base64url")}`;
}

export function base64url(text: string | Buffer): string {
  return Buffer.from(text as string).toString("base64url");
}

function signature({ algorithm, privateKey: key }: SigningKey, data: Buffer): Buffer {
  if (algorithm.startsWith("Ed")) return sign(null, data, key);
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith("ES")) return sign(hash, data, { key, dsaEncoding: "ieee-p1363" });
  if (algorithm.startsWith("RS")) return sign(hash, data, key);
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  return sign(hash, data, { key, padding, saltLength });
}
