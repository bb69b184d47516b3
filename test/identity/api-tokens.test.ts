import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { ApiToken } from "../../shared/core/config.ts";
import { createApiTokenVerifier } from "../../shared/identity/api-tokens.ts";
import { refused } from "./refused.ts";

const NOW = Date.parse("2026-11-22T15:00:00Z");
const token = "kvt_this-one-is-known";

function entry(name: string, text: string, change: Partial<ApiToken> = {}): ApiToken {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name, sha256, expiresAt: NOW + 1, claims: {}, ...change };
}

const verify = createApiTokenVerifier([
  entry("first", "kvt_another"),
  entry("ci-legacy", token, { claims: { team: "ingest", roles: ["a", "b"] } }),
  entry("late", "kvt_late", { expiresAt: NOW }),
]);

test("a configured token is its name, with its claims, and marked as what it is", () => {
  expect(verify(token, NOW)).toEqual({
    issuer: "api-token",
    subject: "ci-legacy",
    claims: { sub: "ci-legacy", team: "ingest", roles: ["a", "b"] },
    kind: "api-token",
    tokenHash: createHash("sha256").update(token).digest("hex").slice(0, 32),
  });
});

test("each token is the one that it is, not the first", () => {
  expect(verify("kvt_another", NOW).subject).toBe("first");
});

test.each([
  ["nobody's", "kvt_nobody"],
  ["its prefix alone", "kvt_"],
  ["cut short", token.slice(0, -1)],
  ["one character more", `${token}=`],
  ["in another case", token.toUpperCase()],
  ["the hash in the token's place", entry("", token).sha256],
])("a token is refused that is %s", (_, other) => {
  expect(refused(() => verify(other, NOW))).toBe("no such API token");
});

test("a token is refused from its expiry on", () => {
  expect(verify("kvt_late", NOW - 1).subject).toBe("late");
  expect(refused(() => verify("kvt_late", NOW))).toBe("the API token late has expired");
});

test("a claim never says another name than the token's own", () => {
  const posing = createApiTokenVerifier([entry("ci-legacy", token, { claims: { sub: "admin" } })]);
  expect(posing(token, NOW)).toMatchObject({ subject: "ci-legacy", claims: { sub: "ci-legacy" } });
});

test("where no token is configured, none is accepted", () => {
  expect(refused(() => createApiTokenVerifier([])(token, NOW))).toBe("no such API token");
});

test("a hash that is none accepts nothing", () => {
  const broken = createApiTokenVerifier([entry("ci-legacy", token, { sha256: "" })]);
  expect(() => broken(token, NOW)).toThrow();
});
