import { expect, test } from "vitest";
import type { ExplainAnswer } from "../../../../shared/contract.ts";
import { json } from "../../fake-service.ts";
import { keyvend } from "../keyvend.ts";
import { storages, useSurroundings } from "../surroundings.ts";

const here = useSurroundings();

const [{ Grants: _, Vends: __, ...lake } = expect.unreachable()] = storages.Storages;

const allowed: ExplainAnswer = {
  ...lake,
  Decision: "allowed",
  Caller: { Issuer: "local", Subject: "alice", Claims: { team: "data" } },
  Grant: "readers",
  Targets: ["s3://lake-bucket/tables/"],
  Permission: "READ",
  DurationSeconds: 3_600,
  DurationCappedBy: "grant",
  Way: "assume-role",
  StsCall: "AssumeRole",
  ScopeEnforcedBy: "session-policy",
  Policy: { Document: "{}", Characters: 444, MostCharacters: 2_048 },
  Cache: { State: "empty" },
  Time: "2026-11-22T15:00:00Z",
};

test("says what is allowed beside the permission, and what is to be known of it", async () => {
  here.service.reply(
    json(200, { ...allowed, Also: ["folder", "tags"], Notes: ["folder: look\u001b[31m out"] }),
  );
  const { out } = await keyvend(["explain"], here.env);
  expect(out).toContain("  also       folder, tags\n");
  expect(out).toMatch(/^ {2}note: folder: look.*out$/m);
  expect(out).not.toContain("\u001b");
});

test("says what the caller would get, and why", async () => {
  here.service.reply(json(200, allowed));
  const { status, out } = await keyvend(["explain"], here.env);
  expect(here.service.requests[0]?.path).toBe("/v1/storages/lake/explain");
  expect(status).toBe(0);
  expect(out).toBe(`lake: allowed
  grant      readers
  may        READ s3://lake-bucket/tables/
  for        1 h, capped by the grant
  by         assume-role, STS AssumeRole
  held to it by a session policy
  policy     444 of 2048 characters
  cache      empty, STS would be asked
  at         https://s3.eu-central-1.amazonaws.com, eu-central-1
`);
});

test("says why not, with status 1", async () => {
  const refused: ExplainAnswer = {
    Storage: "lake",
    Decision: "refused",
    Caller: { Issuer: "local", Subject: "alice" },
    Code: "no_grant",
    Message: "No grant of yours covers this request.",
    NearMisses: [
      { Grant: "readers", Failed: [{ Condition: "permission", Reason: "beyond_grant", Value: "WRITE" }] },
      { Failed: [{ Condition: "claims.team", Reason: "missing" }] },
    ],
    Time: "2026-11-22T15:00:00Z",
  };
  here.service.alwaysReply(json(200, refused));
  const { status, out } = await keyvend(["explain"], here.env);
  expect(status).toBe(1);
  expect(out).toBe(`lake: refused, no_grant. No grant of yours covers this request.
  nearly: readers, but permission goes beyond it ("WRITE")
  nearly: a grant, but claims.team is missing
`);
  const asJson = await keyvend(["explain", "--json"], here.env);
  expect({ ...asJson, out: JSON.parse(asJson.out) }).toMatchObject({ status: 1, out: refused });
});

test.each([
  ["DurationCappedBy", "storage", "for        1 h, capped by the storage"],
  ["DurationCappedBy", "sts", "for        1 h, capped by STS"],
  ["DurationCappedBy", undefined, "for        1 h\n"],
  ["StsCall", undefined, "by         assume-role\n"],
  ["ScopeEnforcedBy", "none", "held to it by nothing: these are the long-term keys"],
  [
    "Cache",
    { State: "servable", ServableUntil: "2026-11-22T15:30:00Z" },
    "answers this until 2026-11-22T15:30:00Z",
  ],
  ["Targets", "s3://lake-bucket/", "may        READ \n"],
])("says %s %j in a person's words", async (member, value, line) => {
  here.service.reply(json(200, { ...allowed, [member]: value }));
  expect((await keyvend(["explain"], here.env)).out).toContain(line);
});

test.each([
  ["DurationCappedBy", "moon", "capped by moon"],
  ["Cache", { State: "warm" }, "cache      warm"],
  ["NearMisses", [{ Failed: [{ Condition: "claims.a", Reason: "new_reason" }] }], "claims.a new_reason"],
])("shows a word of a newer service as it is: %s", async (member, value, text) => {
  here.service.reply(json(200, { ...allowed, [member]: value }));
  expect((await keyvend(["explain"], here.env)).out).toContain(text);
});

test("an answer without a decision is an error", async () => {
  here.service.reply(json(200, { ...allowed, Decision: "perhaps" }));
  expect(await keyvend(["explain"], here.env)).toMatchObject({ status: 1, out: "" });
});
