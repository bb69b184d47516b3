import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createIssuerKeys } from "../../shared/identity/jwks.ts";
import { createOidcVerifier } from "../../shared/identity/oidc.ts";
import { tokenHash } from "../../shared/identity/token-hash.ts";
import { type LocalIssuer, startIssuer, trusted } from "./local-issuer.ts";
import { signingKey, signToken } from "./sign-token.ts";

const NOW = Date.parse("2026-11-22T15:00:00Z");
const seconds = NOW / 1_000;
const algorithms = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"];
const keys = algorithms.map((algorithm) => signingKey(algorithm, `key-${algorithm}`));
const rsa = keys[0] as (typeof keys)[number];

let issuer: LocalIssuer;
beforeAll(async () => {
  issuer = await startIssuer(keys.map((key) => key.jwk));
});
afterAll(() => issuer.stop());

function verifierOf(...configured: ReturnType<typeof trusted>[]) {
  const issuers = new Map(configured.map((one) => [one.name, one]));
  return createOidcVerifier({ issuers, keys: createIssuerKeys({ timeoutMs: 60_000 }) });
}

const claims = (more: object = {}) => ({
  ...{ iss: issuer.address, aud: "keyvend", sub: "someone", iat: seconds, exp: seconds + 300 },
  ...more,
});

test("a principal is the issuer's configured name, the subject, the claims, and a hash in place of the token", async () => {
  const token = signToken(rsa, claims({ tenant: "acme", groups: ["a", "b"] }));
  expect(await verifierOf(trusted(issuer.address)).verify(token, NOW)).toStrictEqual({
    issuer: "ci",
    subject: "someone",
    claims: claims({ tenant: "acme", groups: ["a", "b"] }),
    kind: "oidc",
    tokenHash: tokenHash(token),
  });
  expect(tokenHash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223");
});

test.each(keys)("$algorithm is accepted where it is listed, and only there", async (key) => {
  const token = signToken(key, claims());
  const listed = verifierOf(trusted(issuer.address, { algorithms: [key.algorithm] }));
  await expect(listed.verify(token, NOW)).resolves.toMatchObject({ subject: "someone" });
  const others = algorithms.filter((algorithm) => algorithm !== key.algorithm);
  const unlisted = verifierOf(trusted(issuer.address, { algorithms: others }));
  await expect(unlisted.verify(token, NOW)).rejects.toMatchObject({ code: "unauthenticated" });
});

test.each([
  ["as a string", "keyvend", true],
  ["among others", ["other", "keyvend"], true],
  ["by its second name", "https://keyvend.example", true],
  ["absent from the array", ["other"], false],
  ["an empty array", [], false],
])("the audience %s", async (_, aud, accepted) => {
  const verifier = verifierOf(trusted(issuer.address, { audience: ["keyvend", "https://keyvend.example"] }));
  const outcome = verifier.verify(signToken(rsa, claims({ aud })), NOW);
  if (accepted) await expect(outcome).resolves.toBeDefined();
  else await expect(outcome).rejects.toMatchObject({ code: "unauthenticated" });
});

test.each([
  ["exp", -29],
  ["nbf", 30],
  ["iat", 30],
])("a clock that is %s by no more than the tolerance off is accepted (%i s)", async (claim, offset) => {
  const token = signToken(rsa, claims({ [claim]: seconds + offset }));
  await expect(verifierOf(trusted(issuer.address)).verify(token, NOW)).resolves.toBeDefined();
  const strict = verifierOf(trusted(issuer.address, { clockToleranceSeconds: 0 }));
  await expect(strict.verify(token, NOW)).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a kid in base64 is accepted with its slashes, as Cognito's", async () => {
  const key = signingKey("ES256", "A7pXCvMNTQ5CuVYkM9uDBX0c9t/3mMMU6sk7xCmXNrI=");
  const cognito = await startIssuer([key.jwk]);
  const token = signToken(key, claims({ iss: cognito.address }));
  await expect(verifierOf(trusted(cognito.address)).verify(token, NOW)).resolves.toBeDefined();
  await cognito.stop();
});

test("one issuer's key signs for no other issuer", async () => {
  const other = await startIssuer([signingKey("RS256", "key-RS256").jwk]);
  const both = verifierOf(trusted(issuer.address), trusted(other.address, { name: "other" }));
  const forged = signToken(rsa, claims({ iss: other.address }));
  await expect(both.verify(forged, NOW)).rejects.toMatchObject({ code: "unauthenticated" });
  await other.stop();
});

test("two configurations of one issuer are refused at the start, not decided by their order", () => {
  expect(() => verifierOf(trusted("https://a.example"), trusted("https://a.example", { name: "b" }))).toThrow(
    "Two issuers are configured as https://a.example",
  );
});

test("an issuer that is not ours, oauth2-mock-server, is understood by discovery", async () => {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  await server.start(0, "127.0.0.1");
  const address = server.issuer.url as string;
  const token = await server.issuer.buildToken({
    scopesOrTransform: (_, payload) => Object.assign(payload, { aud: "keyvend", sub: "someone" }),
  });
  const principal = await verifierOf(trusted(address)).verify(token, Date.now());
  expect(principal).toMatchObject({ issuer: "ci", subject: "someone" });
  await server.stop();
});
