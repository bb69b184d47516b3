import { createPrivateKey, sign } from "node:crypto";
import { compactVerify, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { expect, test } from "vitest";
import { isSignedBy, type Jwk } from "../../shared/identity/signature.ts";

const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

async function signed(alg: string, options: { modulusLength?: number } = {}) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  const token = await new SignJWT({ sub: "ci" }).setProtectedHeader({ alg }).sign(privateKey);
  return { token, jwk: (await exportJWK(publicKey)) as Jwk, privateJwk: await exportJWK(privateKey) };
}

const accepts = (check: () => boolean) => {
  try {
    return check();
  } catch {
    return false;
  }
};

test.each(algorithms)("%s: a signature counts exactly where jose accepts it", async (alg) => {
  const { token, jwk } = await signed(alg);
  expect(isSignedBy(jwk, token, alg)).toBe(true);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const changed = (at: number) => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const forgeries = [
    changed(0),
    changed(bytes.length - 1),
    bytes.subarray(0, -1),
    Buffer.concat([bytes, Buffer.alloc(1)]),
    Buffer.concat([Buffer.alloc(1), bytes]),
    Buffer.alloc(bytes.length),
    Buffer.from(bytes).reverse(),
  ].map((forged) => `${header}.${payload}.${forged.toString("base64url")}`);
  forgeries.push(`${header}.${Buffer.from('{"sub":"root"}').toString("base64url")}.${signature}`);
  const key = await importJWK(jwk as JWK, alg);
  for (const forged of forgeries) {
    await expect(compactVerify(forged, key)).rejects.toThrow();
    expect(accepts(() => isSignedBy(jwk, forged, alg))).toBe(false);
  }
});

test.each([
  ["RS256", "PS256"],
  ["PS256", "RS256"],
  ["RS256", "RS512"],
  ["PS512", "PS256"],
])("a signature by %s is none by %s", async (alg, other) => {
  const { token, jwk } = await signed(alg);
  expect(isSignedBy(jwk, token, other)).toBe(false);
});

test("an ECDSA signature in X.509's form is none: a token would have two spellings", async () => {
  const { token, jwk, privateJwk } = await signed("ES256");
  const input = token.slice(0, token.lastIndexOf("."));
  const key = createPrivateKey({ key: privateJwk as never, format: "jwk" });
  const inX509sForm = sign("sha256", Buffer.from(input), key).toString("base64url");
  expect(isSignedBy(jwk, `${input}.${inX509sForm}`, "ES256")).toBe(false);
});
