import { expect, test } from "vitest";
import type { Grant } from "../../shared/core/grant.ts";
import { TableUnreachable } from "../../shared/vending/ports.ts";
import { createExplainedService } from "./explaining.ts";
import { alice, sampleGrant, sampleStorage, sourceIp } from "./samples.ts";
import { collect } from "./simulated-fleet.ts";

const roles = (stsEndpoint: string) => [sampleStorage("assume-role", { stsEndpoint })];
const { team } = alice.claims;
const keys = { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
const onlyOn = (...grants: Partial<Grant>[]) => createExplainedService(roles, grants.map(sampleGrant));

test("the explanation of an allowed request has its grant, its policy, its call, its duration and its cached session", async () => {
  const { explain, clock } = await onlyOn({
    prefix: "teams/${claims.team}/",
    permission: "READ",
    maxDurationSeconds: 3_600,
  });
  const { Policy, ...answer } = await explain({ storage: "lake", durationSeconds: 7_200 });
  expect(answer).toEqual({
    Storage: "lake",
    Bucket: "lake",
    Endpoint: "https://s3.eu-central-1.amazonaws.com",
    Region: "eu-central-1",
    PathStyleAccess: false,
    Decision: "allowed",
    Caller: { Issuer: "corp", Subject: "alice", Claims: { team } },
    Grant: "data-lake",
    Targets: [`s3://lake/teams/${team}/`],
    Permission: "READ",
    DurationSeconds: 3_600,
    DurationCappedBy: "grant",
    Way: "assume-role",
    StsCall: "AssumeRole",
    ScopeEnforcedBy: "session-policy",
    Cache: { State: "empty" },
    Time: new Date(clock.now()).toISOString(),
  });
  expect(JSON.parse(Policy?.Document ?? "")).toMatchObject({
    Statement: [{ Resource: `arn:aws:s3:::lake/teams/${team}/*` }, {}, {}],
  });
  expect(Policy).toMatchObject({ Characters: Policy?.Document.length, MostCharacters: 2_048 });
});

test("an explanation tells the groups of operations, and what is to be known of the folder's", async () => {
  const { explain, instance } = await onlyOn({ prefix: "t1/", also: ["folder", "tags", "uploads"] });
  const { Also, Notes } = await explain({ storage: "lake", permission: "READ" });
  expect(Also).toEqual(["folder", "tags"]);
  expect(Notes).toEqual([expect.stringMatching(/^folder: .*Seen .* on Ceph.*not shown on AWS/)]);
  expect((await instance().vend({ storage: "lake", permission: "READ" })).Also).toEqual(Also);
  const writer = await explain({ storage: "lake", permission: "WRITE" });
  expect(writer).toMatchObject({ Also: ["tags", "uploads"] });
  expect(writer).not.toHaveProperty("Notes");
});

test("an explanation tells when its grant ends, and of the caller's claims only those that the grant looked at", async () => {
  const expires = Date.now() + 7_200_000;
  const { explain } = await onlyOn({ claims: { team: [String(team)] }, expires });
  const { Caller, GrantEnds } = await explain({ storage: "lake" });
  expect(Object.keys(alice.claims).length).toBeGreaterThan(1);
  expect(Caller).toEqual({ Issuer: "corp", Subject: "alice", Claims: { team } });
  expect(GrantEnds).toBe(new Date(expires).toISOString());
});

test("an explanation issues, keeps and marks nothing, and shows neither credentials nor their ids", async () => {
  const { aws, clock, dynamodb, explain, instance, records, table } = await onlyOn({});
  await explain({ storage: "lake" });
  expect(aws.stsServer.calls("AssumeRole")).toBe(0);
  expect(await dynamodb.scan()).toEqual([]);

  const { AccessKeyId } = await instance().vend({ storage: "lake" });
  const before = await dynamodb.scan();
  records.length = 0;
  const explanation = JSON.stringify(await explain({ storage: "lake" }));
  expect(await dynamodb.scan()).toEqual(before);
  expect(await collect(table.due(clock.now() + 86_400_000))).toEqual([]);
  expect(explanation + JSON.stringify(records)).not.toContain(AccessKeyId);
  expect(explanation).not.toMatch(/AccessKey|SecretAccess|"Token"/);
});

test("an explanation shows the times of a cached session, through its life", async () => {
  const { clock, explain, instance } = await onlyOn({});
  const cache = async () => (await explain({ storage: "lake" })).Cache;
  const start = clock.now();
  const at = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
  const issue = async () => ({ ...keys, issuedAt: start, expiration: start + 3_600_000 });
  const { Expiration } = await instance({ issue }).vend({ storage: "lake" });
  const life = { Expiration, ServableUntil: at(30) };
  expect(await cache()).toEqual({ State: "servable", ...life, Used: false });

  await instance().vend({ storage: "lake" });
  const used = { ...life, Used: true, DueAt: expect.any(String) };
  const served = await cache();
  expect(served).toEqual({ State: "servable", ...used });
  expect([at(15), served?.DueAt, at(24)]).toEqual([at(15), served?.DueAt, at(24)].sort());
  clock.advance(30 * 60_000);
  expect(await cache()).toEqual({ State: "servable", ...used });
  clock.advance(1);
  expect(await cache()).toEqual({ State: "stale", ...used });
  clock.advance(30 * 60_000);
  expect(await cache()).toEqual({ State: "empty" });
});

test("a cache that cannot be reached leaves the rest of the explanation as it is", async () => {
  const { explain, table } = await onlyOn({});
  const get = () => Promise.reject(new TableUnreachable("away"));
  const answer = await explain({ storage: "lake" }, alice, { table: { ...table, get } });
  expect(answer).toMatchObject({ Decision: "allowed", Grant: "data-lake", Cache: { State: "unreachable" } });
});

test("for a storage that hands out its long-term key, an explanation has no call, no policy and no cache", async () => {
  const { explain } = await createExplainedService(() => [sampleStorage("static")], [sampleGrant()]);
  const answer = await explain({ storage: "lake" });
  expect(answer).toMatchObject({ Decision: "allowed", ScopeEnforcedBy: "none", Cache: { State: "never" } });
  expect(Object.keys(answer)).not.toEqual(expect.arrayContaining(["StsCall"]));
  expect(answer).not.toHaveProperty("Policy");
});

test("a storage that vends nothing says so, with its address and the grant", async () => {
  const { explain, records } = await createExplainedService(() => [sampleStorage("none")], [sampleGrant()]);
  expect(await explain({ storage: "lake" })).toMatchObject({
    Decision: "refused",
    Code: "delegation_off",
    Grant: "data-lake",
    Endpoint: "https://s3.eu-central-1.amazonaws.com",
  });
  expect(records).toMatchObject([{ decision: "explained", code: "delegation_off", grant: "data-lake" }]);
});

test("the explanation of a policy that is too long says by how much, and for which grant", async () => {
  const { explain } = await onlyOn({});
  const targets = Array.from({ length: 20 }, (_, n) => ({
    bucket: "lake",
    prefix: `${n}${"x".repeat(90)}/`,
  }));
  const answer = await explain({ storage: "lake", targets });
  expect(answer).toMatchObject({ Decision: "refused", Code: "policy_too_large", Grant: "data-lake" });
  expect(answer.Message).toMatch(/is \d+ characters longer than the 2048/);
});

test("each explanation leaves one record, with the caller and without a session", async () => {
  const { explain, instance, records } = await onlyOn({});
  await instance().vend({ storage: "lake" });
  records.length = 0;
  await explain({ storage: "lake" });
  expect(records).toEqual([
    {
      requestId: "request-1",
      sourceIp,
      decision: "explained",
      principal: "alice",
      issuer: "corp",
      identity: "oidc",
      tokenHash: alice.tokenHash,
      grant: "data-lake",
      storage: "lake",
      way: "assume-role",
      targets: ["s3://lake/"],
      permission: "READWRITE",
    },
  ]);
});

test("an error that is not a refusal is not explained: it is thrown, and is on the trail", async () => {
  const { explain, records, table } = await onlyOn({});
  const get = () => Promise.reject(new Error("a defect"));
  await expect(explain({ storage: "lake" }, alice, { table: { ...table, get } })).rejects.toThrow("a defect");
  expect(records).toMatchObject([{ decision: "explained", code: "internal" }]);
});

test("explanations of an unknown storage and of one without a near miss differ only in the name that the caller gave", async () => {
  const { explain } = await onlyOn({ claims: { team: ["secret-team"] } });
  const { Storage: known, ...ofKnown } = await explain({ storage: "lake" });
  const { Storage: unknown, ...ofUnknown } = await explain({ storage: "no-such-storage" });
  expect([known, unknown]).toEqual(["lake", "no-such-storage"]);
  expect(ofUnknown).toEqual(ofKnown);
  expect(ofKnown).toEqual({
    Decision: "refused",
    Caller: { Issuer: "corp", Subject: "alice" },
    Code: "no_grant",
    Message: "No grant of yours covers this request.",
    NearMisses: [],
    Time: expect.any(String),
  });
});

test("a caller without a grant learns which of its own values failed", async () => {
  const { explain } = await onlyOn({ subject: ["bob"], claims: { team: [String(team)] } });
  expect((await explain({ storage: "lake" })).NearMisses).toEqual([
    { Failed: [{ Condition: "subject", Reason: "no_match", Value: "alice" }] },
  ]);
});
