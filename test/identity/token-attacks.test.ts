import { createHmac } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VendError } from "../../shared/core/errors.ts";
import { bearerToken } from "../../shared/identity/bearer.ts";
import { createIssuerKeys } from "../../shared/identity/jwks.ts";
import { createOidcVerifier, type OidcVerifier } from "../../shared/identity/oidc.ts";
import { startIssuer, type TestIssuer, trustedIssuer } from "./local-issuer.ts";
import { base64url, signingKey, signToken } from "./sign-token.ts";

const now = Date.parse("2026-11-22T15:00:00Z");
const seconds = now / 1_000;
const key = signingKey("RS256", "ours");
const strangers = signingKey("RS256", "ours");
const header = { alg: "RS256", kid: "ours" };
const publishedSecret = "a secret in a public place";
const noTokenReason = "no token, or more than one";
const algReason = "alg is not accepted";

let issuer: TestIssuer;
/** The issuer to which attacking tokens point. */
let elsewhere: TestIssuer;
let verifier: OidcVerifier;
let claims: Record<string, unknown>;

beforeAll(async () => {
  const secret = { kty: "oct", kid: "secret", k: base64url(publishedSecret), alg: "HS256" };
  issuer = await startIssuer([key.jwk, secret]);
  elsewhere = await startIssuer([strangers.jwk]);
  // HS256 and none are refused even if an operator lists them.
  const algorithms = ["RS256", "HS256", "none"];
  verifier = createOidcVerifier({
    issuers: new Map([["ci", trustedIssuer(issuer.address, { algorithms, requiredClaims: { tenant: [] } })]]),
    // Without a cool-down each token is judged by keys that were just fetched. Else some would be left unjudged.
    keys: createIssuerKeys({ coolDownMs: 0, timeoutMs: 60_000 }),
  });
  claims = {
    ...{ iss: issuer.address, aud: "keyvend", sub: "repo:acme/app", tenant: "acme" },
    ...{ iat: seconds, exp: seconds + 300 },
  };
  // The attacks meet an instance that remembers the genuine token.
  await present(valid());
});
afterAll(() => Promise.all([issuer.stop(), elsewhere.stop()]));

const present = async (authorization: string | undefined) =>
  verifier.verify(bearerToken({ authorization }), now);

async function refusal(authorization: string | undefined): Promise<VendError> {
  const outcome = await present(authorization).catch((error: unknown) => error);
  if (!(outcome instanceof VendError)) throw new Error("It was not refused.");
  return outcome;
}

/** Everything in an error that could reach a caller. */
const shown = (error: VendError) => ({ ...error, message: error.message });

function hmac(secret: string, secretHeader: object): string {
  const signed = `${base64url(JSON.stringify(secretHeader))}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** Header members by which a token brings its own key, or names an address of one. */
const bringing = () => ({
  jwk: { jwk: strangers.jwk },
  jku: { jku: `${elsewhere.address}/jwks` },
  x5u: { x5u: `${elsewhere.address}/chain` },
  x5c: { x5c: ["MIIB"] },
});

const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([own]) => own !== name));
const parts = (token: string) => token.split(".") as [string, string, string];
const valid = () => signToken(key, claims);
const respelt = (text: string, other: string) => JSON.stringify(claims).replace(text, () => other);
const pem = () => key.publicKey.export({ format: "pem", type: "spki" }).toString();
const forgedClaims = () => base64url(JSON.stringify({ ...claims, sub: "admin" }));

/** A token that is in order except for its size: this many characters, or up to three more. */
function ofLength(length: number): string {
  const missing = length - signToken(key, { ...claims, padding: "" }).length;
  return signToken(key, { ...claims, padding: "x".repeat(Math.ceil((missing * 3) / 4)) });
}

/** A token in order whose signature has a character that standard base64 spells otherwise. Most signatures have one. */
function urlSafe(): string {
  for (let n = 0; ; n += 1) {
    const token = signToken(key, { ...claims, jti: `${n}` });
    if (/[-_]/.test(parts(token)[2])) return token;
  }
}

test("a token that is in order is accepted, so each refusal below is for its one fault", async () => {
  expect(await present(valid())).toMatchObject({ issuer: "ci", subject: "repo:acme/app" });
  const oddities = { ...claims, note: 'say "a:b" \\', ":": ":", nested: [{ a: 1, b: { a: 1 } }] };
  await expect(present(signToken(key, oddities))).resolves.toBeDefined();
  await expect(present(`Bearer ${ofLength(10_237)}`)).resolves.toBeDefined();
});

/** Each attack has the reason that the operator reads. This shows that it is refused for its own fault and not by luck. */
const attacks: [attack: string, reason: string, make: () => string | undefined][] = [
  ["no Authorization", noTokenReason, () => undefined],
  ["an empty one", noTokenReason, () => "  "],
  ["a scheme and nothing else", "not three parts", () => "Bearer"],
  ["another scheme", noTokenReason, () => `Basic ${valid()}`],
  ["the token twice in one header", noTokenReason, () => `${valid()},${valid()}`],
  [
    "the token in two headers, as the gateway joins them",
    noTokenReason,
    () => `Bearer ${valid()}, Bearer ${valid()}`,
  ],
  ["a token and more words", noTokenReason, () => `Bearer ${valid()} admin`],

  ["alg none, unsigned", "not three parts", () => `${base64url('{"alg":"none"}')}.${parts(valid())[1]}.`],
  ["alg none, signed", algReason, () => signToken(key, claims, { ...header, alg: "none" })],
  ["alg NoNe", algReason, () => signToken(key, claims, { ...header, alg: "NoNe" })],
  ["no alg", algReason, () => signToken(key, claims, { kid: "ours" })],
  ["HS256 signed with the public key as PEM", algReason, () => hmac(pem(), { ...header, alg: "HS256" })],
  [
    "HS256 signed with the public key as JWK",
    algReason,
    () => hmac(JSON.stringify(key.jwk), { ...header, alg: "HS256" }),
  ],
  [
    "HS256 signed with a published secret",
    algReason,
    () => hmac(publishedSecret, { alg: "HS256", kid: "secret" }),
  ],
  [
    "an algorithm of another issuer",
    algReason,
    () => signToken({ ...key, algorithm: "RS512" }, claims, { alg: "RS512" }),
  ],
  ["a stranger's key under our kid", "signature", () => signToken(strangers, claims)],
  [
    "a kid that no key has",
    "none of the 1 keys fits",
    () => signToken(key, claims, { ...header, kid: "theirs" }),
  ],

  ["iss of an unknown issuer", "iss", () => signToken(key, { ...claims, iss: "https://evil.example" })],
  ["iss with one more slash", "iss", () => signToken(key, { ...claims, iss: `${issuer.address}/` })],
  ["iss as an array", "iss", () => signToken(key, { ...claims, iss: [issuer.address] })],
  ["no iss", "iss", () => signToken(key, without("iss"))],
  ["aud of another service", '"aud"', () => signToken(key, { ...claims, aud: "sts.amazonaws.com" })],
  ["aud that begins like ours", '"aud"', () => signToken(key, { ...claims, aud: ["keyvend.evil.example"] })],
  ["aud as an object", '"aud"', () => signToken(key, { ...claims, aud: { keyvend: true } })],
  ["no aud", '"aud"', () => signToken(key, without("aud"))],
  ["exp in the past", '"exp"', () => signToken(key, { ...claims, exp: seconds - 31 })],
  [
    "exp for ever",
    '"exp" is no time',
    () => signToken(key, respelt(`"exp":${seconds + 300}`, '"exp":1e999')),
  ],
  ["exp as null", '"exp"', () => signToken(key, { ...claims, exp: null })],
  ["nbf as text", '"nbf"', () => signToken(key, { ...claims, nbf: String(seconds) })],
  ["iat before all time", '"iat"', () => signToken(key, respelt(`"iat":${seconds}`, '"iat":-1e999'))],
  ["exp as text", '"exp"', () => signToken(key, { ...claims, exp: String(seconds + 300) })],
  ["no exp", '"exp"', () => signToken(key, without("exp"))],
  ["nbf in the future", '"nbf"', () => signToken(key, { ...claims, nbf: seconds + 31 })],
  ["iat in the future", "iat", () => signToken(key, { ...claims, iat: seconds + 31 })],
  ["iat as text", '"iat"', () => signToken(key, { ...claims, iat: "now" })],
  ["an empty sub", "sub", () => signToken(key, { ...claims, sub: "" })],
  ["sub as a number", "sub", () => signToken(key, { ...claims, sub: 7 })],
  ["no sub", '"sub"', () => signToken(key, without("sub"))],
  ["a required claim missing", '"tenant"', () => signToken(key, without("tenant"))],

  ["a crit", "crit", () => signToken(key, claims, { ...header, crit: ["exp"], exp: seconds })],
  ["a crit that is empty", "crit", () => signToken(key, claims, { ...header, crit: [] })],
  ["b64", "b64", () => signToken(key, claims, { ...header, b64: true })],
  ["b64 by crit", "crit", () => signToken(key, claims, { ...header, b64: false, crit: ["b64"] })],
  ...(["jwk", "jku", "x5u", "x5c"] as const).map((member): (typeof attacks)[number] => [
    `its own ${member}, signed with that`,
    "signature",
    () => signToken(strangers, claims, { ...header, ...bringing()[member] }),
  ]),
  [
    "its own jwk under a kid of its own",
    "none of the 1 keys fits",
    () =>
      signToken(strangers, claims, { ...header, kid: "theirs", jwk: { ...strangers.jwk, kid: "theirs" } }),
  ],
  ...[
    "../../dev/null",
    "/etc/passwd",
    "a\\b",
    "a\u0000",
    "a\nb",
    "%2e%2e",
    "é",
    "",
    "OURS",
    "ours ",
    "k".repeat(1_024),
  ].map((kid): (typeof attacks)[number] => [
    `kid ${JSON.stringify(kid).slice(0, 20)}`,
    "none of the 1 keys fits",
    () => signToken(key, claims, { ...header, kid }),
  ]),
  ...["k".repeat(1_025), 7, null, ["ours"], { ours: true }].map((kid): (typeof attacks)[number] => [
    `kid ${JSON.stringify(kid).slice(0, 20)}`,
    "kid is malformed",
    () => signToken(key, claims, { ...header, kid }),
  ]),

  ...["secevent+jwt", "logout+jwt", "dpop+jwt", "application/secevent+jwt", "JOSE", "none", "", 7, null].map(
    (typ): (typeof attacks)[number] => [
      `a typ ${JSON.stringify(typ)}`,
      `typ is not accepted: ${JSON.stringify(typ)}`,
      () => signToken(key, claims, { ...header, typ }),
    ],
  ),
  [
    "a token that is bound to its caller's key",
    '"cnf"',
    () => signToken(key, { ...claims, cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }),
  ],
  ["a token that is bound to null", '"cnf"', () => signToken(key, { ...claims, cnf: null })],
  [
    "a logout token",
    '"events"',
    () => signToken(key, { ...claims, events: { "http://schemas.openid.net/event/backchannel-logout": {} } }),
  ],

  ["a claim twice", "twice", () => signToken(key, respelt("{", '{"sub":"admin",'))],
  ["a claim twice, once escaped", "twice", () => signToken(key, respelt("{", '{"\\u0073ub":"admin",'))],
  [
    "a claim twice, deep inside",
    "twice",
    () => signToken(key, respelt("{", '{"k8s":[{"ns":"a","ns":"b"}],')),
  ],
  [
    "a header member twice",
    "twice",
    () => signToken(key, claims, '{"alg":"none","alg":"RS256","kid":"ours"}'),
  ],
  ["claims that are an array", "object", () => signToken(key, "[]")],
  ["claims that are null", "object", () => signToken(key, "null")],
  ["claims that are no JSON", "not JSON", () => signToken(key, "{'sub':'admin'}")],
  [
    "claims that are no UTF-8",
    "not UTF-8",
    () => signToken(key, Buffer.from(respelt("acme", "\xff"), "latin1")),
  ],

  ["claims behind a byte order mark", "not JSON", () => signToken(key, `\ufeff${JSON.stringify(claims)}`)],
  ["cut short", "signature", () => valid().slice(0, -14)],
  ["no signature", "not three parts", () => parts(valid()).slice(0, 2).join(".")],
  ["an empty signature", "not three parts", () => `${parts(valid()).slice(0, 2).join(".")}.`],
  ["five parts", "not three parts", () => `${valid()}.AAAA.AAAA`],
  ["no parts", "not three parts", () => ".."],
  ["padding", "canonical", () => `${valid()}==`],
  ["standard base64", "canonical", () => urlSafe().replaceAll("-", "+").replaceAll("_", "/")],
  [
    "claims under another token's signature",
    "signature",
    () => valid().replace(parts(valid())[1], forgedClaims()),
  ],
];

test.each(attacks)("an attack is refused, and its answer tells nothing: %s", async (_, reason, make) => {
  const error = await refusal(make());
  const nonsense = await refusal("nonsense");
  expect(shown(error)).toStrictEqual(shown(nonsense));
  expect(error).toMatchObject({
    code: "unauthenticated",
    message: "The identity token is missing or not accepted.",
    cause: expect.stringContaining(reason),
  });
});

test("the operator's reason is bounded, and holds nothing of the token except the value that it names", async () => {
  for (const [, , make] of attacks) {
    const reason = String((await refusal(make())).cause);
    expect(reason).not.toMatch(/eyJ|acme|admin/);
    expect(reason.length).toBeLessThan(1_024);
  }
  const endless = "https://evil.example/".padEnd(2_000, "x");
  for (const change of [{ iss: endless }, { aud: endless }, { aud: [endless, endless] }]) {
    const { cause } = await refusal(signToken(key, { ...claims, ...change }));
    expect(cause).toContain("https://evil.example/xxx");
    expect(String(cause).length).toBeLessThan(350);
  }
});

test("the operator's reason names a token's issuer or audience that is not ours", async () => {
  expect((await refusal(signToken(key, { ...claims, iss: "https://evil.example" }))).cause).toBe(
    'iss is not a configured issuer: "https://evil.example"',
  );
  expect((await refusal(signToken(key, { ...claims, aud: ["a", "b\u001b[31m"] }))).cause).toBe(
    'issuers.ci: unexpected "aud": ["a","b\\u001b[31m"]',
  );
});

test("the caller of a token that is too long is told that, since the length is no secret", async () => {
  for (const token of [ofLength(10_241), signToken(key, { ...claims, padding: "x".repeat(48_000) })]) {
    expect(await refusal(token)).toMatchObject({
      code: "unauthenticated",
      message: "The identity token is longer than 10,240 characters.",
    });
  }
  // A door without a limit for headers may take more.
  const long = ofLength(15_000);
  await expect(verifier.verify(long, now, 20_000)).resolves.toMatchObject({ subject: "repo:acme/app" });
  await expect(verifier.verify(long, now, 14_999)).rejects.toThrow("longer than 14,999 characters");
});

test("a token is judged without the keys that it brings or points to: they are neither used nor fetched", async () => {
  for (const member of Object.values(bringing()))
    await expect(present(signToken(key, claims, { ...header, ...member }))).resolves.toBeDefined();
  expect(elsewhere.requestedPaths).toEqual([]);
});

test("no attack makes us send a request to any other address than the configured issuer's discovery and keys", () => {
  expect(new Set(issuer.requestedPaths)).toEqual(new Set(["/.well-known/openid-configuration", "/jwks"]));
  expect(elsewhere.requestedPaths).toEqual([]);
});

test("a valid token is refused after a change of any one character", async () => {
  const token = valid();
  const character = fc.constantFrom(
    ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/= ",
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), character, async (at, other) => {
      fc.pre(token[at] !== other);
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      expect((await refusal(changed)).code).toBe("unauthenticated");
    }),
    { numRuns: 500 },
  );
});

test("a token is refused after a change of the unused bits in its signature's last character", async () => {
  const token = valid();
  const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".split("");
  const others = last.filter((character) => !token.endsWith(character));
  for (const other of others) await refusal(token.slice(0, -1) + other);
});
