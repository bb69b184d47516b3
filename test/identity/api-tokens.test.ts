import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { ApiToken } from "../../shared/core/config.ts";
import { createApiTokenVerifier } from "../../shared/identity/api-tokens.ts";
import { refusalReason } from "./refusal-reason.ts";

const now = Date.parse("2026-11-22T15:00:00Z");
const token = "kvt_this-one-is-known";

function entry(name: string, text: string, change: Partial<ApiToken> = {}): ApiToken {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name, sha256, expiresAt: now + 1, claims: {}, ...change };
}

const verify = createApiTokenVerifier([
  entry("first", "kvt_another"),
  entry("ci-legacy", token, { claims: { team: "ingest", roles: ["a", "b"] } }),
  entry("late", "kvt_late", { expiresAt: now }),
]);

test("a configured token gives a principal of its name and claims, marked as of an API token", () => {
  expect(verify(token, now)).toEqual({
    issuer: "api-token",
    subject: "ci-legacy",
    claims: { sub: "ci-legacy", team: "ingest", roles: ["a", "b"] },
    kind: "api-token",
    tokenHash: createHash("sha256").update(token).digest("hex").slice(0, 32),
  });
});

test("each token gives its own name, not the first one's", () => {
  expect(verify("kvt_another", now).subject).toBe("first");
});

test.each([
  ["not configured", "kvt_nobody"],
  ["the prefix alone", "kvt_"],
  ["cut short", token.slice(0, -1)],
  ["one character too long", `${token}=`],
  ["in another case", token.toUpperCase()],
  ["the hash instead of the token", entry("", token).sha256],
])("a token is refused that is %s", (_, other) => {
  expect(refusalReason(() => verify(other, now))).toBe("no such API token");
});

test("a token is refused from its expiry on", () => {
  expect(verify("kvt_late", now - 1).subject).toBe("late");
  expect(refusalReason(() => verify("kvt_late", now))).toBe("the API token late has expired");
});

test("a token's claims cannot give it another name than its own", () => {
  const posing = createApiTokenVerifier([entry("ci-legacy", token, { claims: { sub: "admin" } })]);
  expect(posing(token, now)).toMatchObject({ subject: "ci-legacy", claims: { sub: "ci-legacy" } });
});

test("where no token is configured, none is accepted", () => {
  expect(refusalReason(() => createApiTokenVerifier([])(token, now))).toBe("no such API token");
});

test("a configured hash that is no hash accepts nothing", () => {
  const broken = createApiTokenVerifier([entry("ci-legacy", token, { sha256: "" })]);
  expect(() => broken(token, now)).toThrow();
});
