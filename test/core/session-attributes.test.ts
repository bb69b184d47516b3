import { describe, expect, test } from "vitest";
import { authorize } from "../../shared/core/authorize.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { issueRequest } from "../../shared/core/issue-request.ts";
import { attributesOf } from "../../shared/core/session-attributes.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../vending/samples.ts";

const storage = sampleStorage("assume-role", { sessions: "per-principal" });
const principal = {
  ...alice,
  claims: { team: "data-platform", tenant: "acme", email: "alice@corp.example" },
};
const granted = (
  grant: Partial<Grant>,
  claims: Record<string, unknown> = principal.claims,
  of: Storage = storage,
) =>
  authorize(
    configOf([of], [sampleGrant(grant)]),
    { principal: { ...principal, claims }, now: 0, sourceIp: undefined },
    { storage: "lake" },
  );

test("attributes are literal, or made of claims", () => {
  const grant = {
    sourceIdentity: "${claims.email}",
    sessionTags: { team: "data", "Cost Center": "x-${claims.tenant}" },
  };
  expect(granted(grant).attributes).toEqual({
    sourceIdentity: "alice@corp.example",
    sessionTags: { team: "data", "Cost Center": "x-acme" },
  });
  expect(granted({}).attributes).toEqual({});
});

describe.each<[string, (template: string) => Partial<Grant>]>([
  ["source identity", (sourceIdentity) => ({ sourceIdentity })],
  ["session tag", (tenant) => ({ sessionTags: { team: "data", tenant } })],
])("a %s", (_what, of) => {
  test.each([
    ["is missing", undefined],
    ["is empty", ""],
    ["holds a slash", "a/b"],
    ["holds a wildcard", "a*"],
    ["holds a variable", "${aws:username}"],
    ["holds a space", "a b"],
    ["looks like a Latin letter", "аcme"],
    ["goes up", ".."],
    ["is a list", ["acme"]],
    ["is an object", { acme: true }],
    ["is a fraction", 0.5],
    ["is inherited by every object", undefined, "constructor"],
  ])("grants nothing if its claim %s: no value is made up", (_why, value, name = "tenant") => {
    const claims = { team: "data-platform", ...(value !== undefined && { tenant: value }) };
    expect(() => granted(of(`\${claims.${name}}`), claims)).toThrow(
      expect.objectContaining({ code: "no_grant" }),
    );
  });

  test("rests on evidence that the warmer has too", () => {
    const { evidence, attributes } = granted(of("${claims.tenant}"));
    expect(evidence).toEqual({ team: "data-platform", tenant: "acme" });
    expect(granted(of("${claims.tenant}"), evidence).attributes).toEqual(attributes);
  });
});

test.each([
  ["a source identity", 1, 2, 64, (value: string) => ({ sourceIdentity: value })],
  ["a session tag", 0, 1, 256, (value: string) => ({ sessionTags: { of: value } })],
])("%s of %d characters, or of more than STS takes, is refused", (_what, tooShort, least, most, of) => {
  const attributes = (length: number) =>
    attributesOf(of("${claims.id}"), { read: () => "x".repeat(length), captures: {} });
  expect([least, most].map(attributes)).not.toContain(undefined);
  expect([tooShort, most + 1].map(attributes)).toEqual([undefined, undefined]);
});

describe("a storage that gives its sessions a source identity", () => {
  const naming = { ...storage, sourceIdentity: true } as const;

  test("uses the session's own name", () => {
    const { sessionName, sourceIdentity } = issueRequest(granted({}, principal.claims, naming), {
      principal,
    });
    expect(sessionName).toMatch(/^alice-/);
    expect(sourceIdentity).toBe(sessionName);
    expect(issueRequest(granted({}), { principal })).not.toHaveProperty("sourceIdentity");
  });

  test("uses a grant's source identity before its own", () => {
    const authorization = granted({ sourceIdentity: "${claims.email}" }, principal.claims, naming);
    expect(issueRequest(authorization, { principal }).sourceIdentity).toBe("alice@corp.example");
  });
});
