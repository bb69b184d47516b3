import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createIssuerKeys } from "../../shared/identity/jwks.ts";
import { createOidcVerifier } from "../../shared/identity/oidc.ts";
import { tokenHash } from "../../shared/identity/token-hash.ts";
import { startIssuer, type TestIssuer, trustedIssuer } from "./local-issuer.ts";
import { signingKey, signToken } from "./sign-token.ts";

const now = Date.parse("2026-11-22T15:00:00Z");
const seconds = now / 1_000;
const algorithms = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"];
const keys = algorithms.map((algorithm) => signingKey(algorithm, `key-${algorithm}`));
const rsa = keys[0] as (typeof keys)[number];

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer(keys.map((key) => key.jwk));
});
afterAll(() => issuer.stop());

function verifierOf(...configured: ReturnType<typeof trustedIssuer>[]) {
  const issuers = new Map(configured.map((one) => [one.name, one]));
  return createOidcVerifier({ issuers, keys: createIssuerKeys({ timeoutMs: 60_000 }) });
}

const claims = (more: object = {}) => ({
  ...{ iss: issuer.address, aud: "keyvend", sub: "someone", iat: seconds, exp: seconds + 300 },
  ...more,
});

test("a principal has the issuer's configured name, the subject, the claims, and a hash instead of the token", async () => {
  const token = signToken(rsa, claims({ tenant: "acme", groups: ["a", "b"] }));
  expect(await verifierOf(trustedIssuer(issuer.address)).verify(token, now)).toStrictEqual({
    issuer: "ci",
    subject: "someone",
    claims: claims({ tenant: "acme", groups: ["a", "b"] }),
    kind: "oidc",
    tokenHash: tokenHash(token),
  });
  expect(tokenHash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223");
});

test.each(keys)("$algorithm is accepted if it is listed, and only then", async (key) => {
  const token = signToken(key, claims());
  const listed = verifierOf(trustedIssuer(issuer.address, { algorithms: [key.algorithm] }));
  await expect(listed.verify(token, now)).resolves.toMatchObject({ subject: "someone" });
  const others = algorithms.filter((algorithm) => algorithm !== key.algorithm);
  const unlisted = verifierOf(trustedIssuer(issuer.address, { algorithms: others }));
  await expect(unlisted.verify(token, now)).rejects.toMatchObject({ code: "unauthenticated" });
});

test.each([
  ["as a string", "keyvend", true],
  ["among others", ["other", "keyvend"], true],
  ["by its second name", "https://keyvend.example", true],
  ["absent from the array", ["other"], false],
  ["an empty array", [], false],
])("the audience %s", async (_, aud, accepted) => {
  const verifier = verifierOf(
    trustedIssuer(issuer.address, { audience: ["keyvend", "https://keyvend.example"] }),
  );
  const outcome = verifier.verify(signToken(rsa, claims({ aud })), now);
  if (accepted) await expect(outcome).resolves.toBeDefined();
  else await expect(outcome).rejects.toMatchObject({ code: "unauthenticated" });
});

test.each([
  ["exp", -29],
  ["nbf", 30],
  ["iat", 30],
])("a clock that is off by no more than the tolerance is accepted, by %s (%i s)", async (claim, offset) => {
  const token = signToken(rsa, claims({ [claim]: seconds + offset }));
  await expect(verifierOf(trustedIssuer(issuer.address)).verify(token, now)).resolves.toBeDefined();
  const strict = verifierOf(trustedIssuer(issuer.address, { clockToleranceSeconds: 0 }));
  await expect(strict.verify(token, now)).rejects.toMatchObject({ code: "unauthenticated" });
});

test.each([
  "A7pXCvMNTQ5CuVYkM9uDBX0c9t/3mMMU6sk7xCmXNrI=",
  "wU3ifIIaLOUAReRB/FG6eM1P1QM=",
  "../../keys/7",
  "https://keys.example/7?a=b#c",
  "clé \u202e 7",
  "",
  "k".repeat(1_024),
])("a kid is only compared, so it may hold any text: %s", async (kid) => {
  const key = signingKey("ES256", kid);
  const other = await startIssuer([signingKey("ES256", "another").jwk, key.jwk]);
  const token = signToken(key, claims({ iss: other.address }));
  await expect(verifierOf(trustedIssuer(other.address)).verify(token, now)).resolves.toBeDefined();
  await other.stop();
});

describe("the type of a token", () => {
  const verify = (typ: unknown, more: Parameters<typeof trustedIssuer>[1] = {}) =>
    verifierOf(trustedIssuer(issuer.address, more)).verify(
      signToken(rsa, claims(), { alg: "RS256", kid: rsa.jwk.kid, typ }),
      now,
    );

  test.each([undefined, "JWT", "jwt", "application/jwt", "at+jwt", "AT+JWT", "application/at+jwt"])(
    "is usually that of an identity or an access token, or none: %s",
    async (typ) => {
      await expect(verify(typ)).resolves.toMatchObject({ subject: "someone" });
    },
  );

  test("must be one of the configured types", async () => {
    const own = { tokenTypes: ["application/okta-internal-at+jwt"] };
    await expect(verify("application/okta-internal-at+jwt", own)).resolves.toBeDefined();
    await expect(verify("okta-internal-AT+JWT", own)).resolves.toBeDefined();
    for (const typ of ["JWT", undefined, "none", "okta/okta-internal-at+jwt"])
      await expect(verify(typ, own)).rejects.toMatchObject({ code: "unauthenticated" });
    // The word for a token without a type is no type.
    await expect(verify("none", { tokenTypes: ["none"] })).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(verify(undefined, { tokenTypes: ["none"] })).resolves.toBeDefined();
  });
});

describe("the age of a token", () => {
  const verify = (iat: unknown, clockToleranceSeconds = 30) => {
    const configured = trustedIssuer(issuer.address, { maxTokenAgeSeconds: 600, clockToleranceSeconds });
    return verifierOf(configured).verify(signToken(rsa, claims({ iat })), now);
  };

  test("is counted from its iat, within the tolerance", async () => {
    await expect(verify(seconds - 630)).resolves.toBeDefined();
    await expect(verify(seconds - 600, 0)).resolves.toBeDefined();
    await expect(verify(seconds + 30)).resolves.toBeDefined();
  });

  test.each([
    ["too old", seconds - 631],
    ["in the future", seconds + 31],
    ["missing", undefined],
    ["a text", String(seconds)],
  ])("is refused if its iat is %s", async (_, iat) => {
    await expect(verify(iat)).rejects.toMatchObject({
      code: "unauthenticated",
      cause: expect.stringContaining("iat"),
    });
  });

  test("does not matter if the configuration limits none", async () => {
    const old = signToken(rsa, claims({ iat: seconds - 1e6 }));
    const timeless = signToken(rsa, claims({ iat: undefined }));
    for (const token of [old, timeless])
      await expect(verifierOf(trustedIssuer(issuer.address)).verify(token, now)).resolves.toBeDefined();
  });
});

describe("an issuer whose access tokens have no audience", () => {
  const requiredClaims = { client_id: ["etl", "reports"], token_use: ["access"] };
  const accessToken = { aud: undefined, client_id: "etl", token_use: "access" };
  const verify = (change: object) =>
    verifierOf(trustedIssuer(issuer.address, { audience: "none", requiredClaims })).verify(
      signToken(rsa, claims({ ...accessToken, ...change })),
      now,
    );

  test("gets them accepted by the values of other claims", async () => {
    await expect(verify({})).resolves.toMatchObject({ claims: { client_id: "etl" } });
    await expect(verify({ client_id: "reports" })).resolves.toBeDefined();
  });

  test.each([
    ["of another client", { client_id: "website" }, 'unexpected "client_id": "website"'],
    ["of a client that begins alike", { client_id: "etl2" }, "client_id"],
    ["that names no client", { client_id: undefined }, 'missing "client_id"'],
    ["that has the values as an object", { client_id: { etl: true } }, "client_id"],
    ["for another use", { token_use: "id" }, "token_use"],
    ["that has an audience, even ours", { aud: "keyvend" }, 'unexpected "aud"'],
    ["that has an empty audience", { aud: [] }, 'unexpected "aud"'],
    ["that has null for an audience", { aud: null }, 'unexpected "aud"'],
  ])("gets a token refused %s", async (_, change, reason) => {
    await expect(verify(change)).rejects.toMatchObject({
      code: "unauthenticated",
      cause: expect.stringContaining(reason),
    });
  });
});

test("a list fits a required claim by one of its elements; numbers and booleans fit by their text", async () => {
  const requiredClaims = { groups: ["ops", "data"], level: ["7"], verified: ["true"], tenant: [] };
  const verifier = verifierOf(trustedIssuer(issuer.address, { requiredClaims }));
  const whole = { groups: ["x", "data"], level: 7, verified: true, tenant: { any: "thing" } };
  await expect(verifier.verify(signToken(rsa, claims(whole)), now)).resolves.toBeDefined();
  for (const change of [
    { groups: ["x"] },
    { groups: [] },
    { level: 77 },
    { verified: false },
    { tenant: undefined },
  ])
    await expect(verifier.verify(signToken(rsa, claims({ ...whole, ...change })), now)).rejects.toMatchObject(
      {
        code: "unauthenticated",
      },
    );
});

test("a required claim may be nested, by JSON Pointer", async () => {
  const requiredClaims = { "/realm_access/roles": ["etl"], "/kubernetes.io/namespace": [] };
  const verifier = verifierOf(trustedIssuer(issuer.address, { requiredClaims }));
  const whole = { realm_access: { roles: ["x", "etl"] }, "kubernetes.io": { namespace: "data" } };
  await expect(verifier.verify(signToken(rsa, claims(whole)), now)).resolves.toBeDefined();
  for (const change of [
    { realm_access: { roles: ["x"] } },
    { "kubernetes.io": {} },
    { "kubernetes.io": "a" },
  ])
    await expect(verifier.verify(signToken(rsa, claims({ ...whole, ...change })), now)).rejects.toMatchObject(
      {
        code: "unauthenticated",
      },
    );
});

test("a member that every object inherits is no claim of a token", async () => {
  for (const name of ["constructor", "__proto__", "toString", "/constructor/name", "/sub/length"]) {
    const verifier = verifierOf(
      trustedIssuer(issuer.address, { requiredClaims: Object.fromEntries([[name, []]]) }),
    );
    await expect(verifier.verify(signToken(rsa, claims()), now)).rejects.toMatchObject({
      cause: `issuers.ci: missing "${name}"`,
    });
  }
});

test("one issuer's key cannot sign for another issuer", async () => {
  const other = await startIssuer([signingKey("RS256", "key-RS256").jwk]);
  const both = verifierOf(trustedIssuer(issuer.address), trustedIssuer(other.address, { name: "other" }));
  const forged = signToken(rsa, claims({ iss: other.address }));
  await expect(both.verify(forged, now)).rejects.toMatchObject({ code: "unauthenticated" });
  await other.stop();
});

test("two configurations of one issuer are refused at the start, so that their order decides nothing", () => {
  expect(() =>
    verifierOf(trustedIssuer("https://a.example"), trustedIssuer("https://a.example", { name: "b" })),
  ).toThrow("Two issuers are configured as https://a.example");
});

test("the tokens of oauth2-mock-server, an issuer that is not our code, are verified by discovery", async () => {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  await server.start(0, "127.0.0.1");
  const address = server.issuer.url as string;
  const token = await server.issuer.buildToken({
    scopesOrTransform: (_, payload) => Object.assign(payload, { aud: "keyvend", sub: "someone" }),
  });
  const principal = await verifierOf(trustedIssuer(address)).verify(token, Date.now());
  expect(principal).toMatchObject({ issuer: "ci", subject: "someone" });
  await server.stop();
});
