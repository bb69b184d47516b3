import { expect, test } from "vitest";
import { adviceOnToken, claimsOf, tokenIn } from "../../../../infra/page/script/token.ts";

const now = Date.UTC(2026, 10, 27, 12);
const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;

test("the claims of a token are those that it shows, in any script", () => {
  const claims = { sub: "ålice <img src=x>", nested: { roles: ["a"] } };
  expect(claimsOf(jwt(claims))).toEqual(claims);
  const signs = { sub: "~~~???\u00ff\u00ff" };
  expect(jwt(signs)).toMatch(/-.*_|_.*-/);
  expect(claimsOf(jwt(signs))).toEqual(signs);
  for (const none of ["", "kvt_abc", "a.b", "a.b.c", "a.b.c.d", jwt([1]), jwt(null), "e30.gICA.x"])
    expect(claimsOf(none), none).toBeUndefined();
});

test.each([
  ["  e30.e30.x\n", "e30.e30.x"],
  ["Bearer e30.e30.x", "e30.e30.x"],
  ["Authorization: bearer  e30.e30.x", "e30.e30.x"],
  ['"e30.e30.x"', "e30.e30.x"],
  ["kvt_abc~+/=", "kvt_abc~+/="],
])("the token in %j", (text, token) => {
  expect(tokenIn(text)).toBe(token);
});

test.each(["", "   ", "two words", "a\nb", "<img>", "ü", "a".repeat(20_001), '{"token":"x"}'])(
  "what no header can carry is none: %j",
  (text) => {
    expect(tokenIn(text)).toBeUndefined();
  },
);

test("advice on a token that is not accepted says what to do", () => {
  expect(adviceOnToken("kvt_abc", now)).toMatch(/static token.*Ask the operator/);
  expect(adviceOnToken("abc", now)).toMatch(/no JWT/);
  expect(adviceOnToken(jwt({ exp: now / 1_000 - 3_600 }), now)).toBe("It ended 1 h ago: get a new one.");
  expect(adviceOnToken(jwt({ nbf: now / 1_000 + 60 }), now)).toMatch(
    /good in 1 min only: check this machine's clock/,
  );
  expect(adviceOnToken(jwt({ aud: ["a", "b"], iss: "https://x" }), now)).toMatch(
    /for the audience a, b, of the issuer https:\/\/x\..*signature/,
  );
});
