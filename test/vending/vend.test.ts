import { afterEach, expect, test, vi } from "vitest";
import { startOidcIssuer } from "../../infra/local/oidc-issuer.ts";
import { VendError } from "../../shared/core/errors.ts";
import { indexGrants } from "../../shared/core/grant-index.ts";
import type { IssuedBy } from "../../shared/core/session.ts";
import { type EntryContent, openContent } from "../../shared/vending/entry-content.ts";
import type { AuditRecord, Entry } from "../../shared/vending/ports.ts";
import { lakeSecret } from "../aws/simulated-aws.ts";
import { lakeKey } from "../infra/local/aws/world.ts";
import { alice, sampleGrant, sampleStorage, sourceIp } from "./samples.ts";
import { collect, entryRows } from "./simulated-fleet.ts";
import { createService } from "./vending-service.ts";

afterEach(() => vi.restoreAllMocks());

const sessionTokens = (stsEndpoint: string) => [sampleStorage("session-token", { stsEndpoint })];

const refusal = (vend: Promise<unknown>): Promise<VendError> =>
  vend.then(
    () => Promise.reject(new Error("not refused")),
    (error) => (error instanceof VendError ? error : Promise.reject(error)),
  );

test("the answer has the credentials, their storage, their scope and the side that enforces it", async () => {
  const { aws, instance } = await createService(sessionTokens, [sampleGrant()]);
  const answer = await instance().vend({ storage: "lake" });
  expect(answer).toEqual({
    AccessKeyId: expect.stringMatching(/^ASIA/),
    SecretAccessKey: expect.any(String),
    Token: expect.any(String),
    Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    Storage: "lake",
    Bucket: "lake",
    Endpoint: "https://s3.eu-central-1.amazonaws.com",
    Region: "eu-central-1",
    PathStyleAccess: false,
    Targets: ["s3://lake/"],
    Permission: "READWRITE",
    ScopeEnforcedBy: "identity",
    DurationSeconds: 3_600,
  });
  // STS gives whole seconds.
  expect(Math.ceil((Date.parse(answer.Expiration) - aws.clock.now()) / 1_000)).toBe(3_600);
});

test.each([
  { durationSeconds: 7_200, granted: 7_200, cap: undefined },
  { durationSeconds: 7_201, granted: 7_200, cap: "grant" },
  { durationSeconds: undefined, granted: 3_600, cap: undefined },
])(
  "a request for $durationSeconds s gets $granted, and the answer names the cap: $cap",
  async ({ durationSeconds, granted, cap }) => {
    const { aws, instance } = await createService(sessionTokens, [
      sampleGrant({ maxDurationSeconds: 7_200 }),
    ]);
    const answer = await instance().vend({
      storage: "lake",
      ...(durationSeconds !== undefined && { durationSeconds }),
    });
    expect([answer.DurationSeconds, answer.DurationCappedBy]).toEqual([granted, cap]);
    expect(Math.ceil((Date.parse(answer.Expiration) - aws.clock.now()) / 1_000)).toBe(granted);
  },
);

test.each([
  ["session-token", "identity", undefined],
  ["federation-token", "session-policy", undefined],
  ["assume-role", "session-policy", undefined],
  ["static", "none", "These are long-term keys: they do not expire, and nothing limits them to a scope."],
] as const)("the scope of %s is said to be enforced by: %s", async (way, enforcement, warning) => {
  const { instance } = await createService(
    (stsEndpoint) => [sampleStorage(way, way === "static" ? {} : { stsEndpoint })],
    [sampleGrant()],
  );
  const answer = await instance().vend({ storage: "lake" });
  expect([answer.ScopeEnforcedBy, answer.Warning]).toEqual([enforcement, warning]);
});

test("long-term keys, where they are vended, are never written to the table or remembered", async () => {
  const { aws, dynamodb, instance } = await createService(() => [sampleStorage("static")], [sampleGrant()]);
  const { vend } = instance();
  expect(await vend({ storage: "lake" })).toMatchObject({
    AccessKeyId: lakeKey.accessKeyId,
    SecretAccessKey: lakeKey.secretAccessKey,
    Token: "",
  });
  await vend({ storage: "lake" });
  expect(await dynamodb.scan()).toEqual([]);
  expect(aws.stsServer.calls()).toBe(0);
});

test("a storage that vends nothing says so, and where it is", async () => {
  const { instance, aws, records } = await createService(() => [sampleStorage("none")], [sampleGrant()]);
  const error = await refusal(instance().vend({ storage: "lake" }));
  expect(error).toMatchObject({ code: "delegation_off", address: { Storage: "lake", Bucket: "lake" } });
  expect(aws.stsServer.calls()).toBe(0);
  expect(records).toEqual([
    expect.objectContaining({ decision: "refused", code: "delegation_off", way: "none" }),
  ]);
});

// ── Authorization stands before the cache

test("no grant, no credentials, whatever the cache holds", async () => {
  const { config, instance } = await createService(sessionTokens, [sampleGrant()]);
  const changing = { ...config };
  const { vend } = instance({ config: changing });
  await vend({ storage: "lake" });
  await vend({ storage: "lake" });

  changing.grants = indexGrants([]);
  expect(await refusal(vend({ storage: "lake" }))).toMatchObject({ code: "no_grant" });
  const deployed = instance({ config: changing });
  expect(await refusal(deployed.vend({ storage: "lake" }))).toMatchObject({ code: "no_grant" });
});

test("an unknown storage and one without a grant are refused in the same words, and STS is not asked", async () => {
  const { aws, call, instance } = await createService(sessionTokens, []);
  const before = await call("Scan", { TableName: "keyvend-test" });
  const refusals = await Promise.all(
    ["lake", "nowhere"].map((storage) => refusal(instance().vend({ storage }))),
  );
  const [lake, nowhere] = refusals.map(({ code, message, cause, fields, address }) =>
    JSON.stringify({ code, message, cause, fields, address }),
  );
  expect(lake).toBe(nowhere);
  expect(refusals[0]).toMatchObject({ code: "no_grant" });
  expect(aws.stsServer.calls()).toBe(0);
  expect(await call("Scan", { TableName: "keyvend-test" })).toEqual(before);
});

// ── The caller's own token

const tokensOfCallers = async () => {
  const issuer = await startOidcIssuer(0);
  const service = await createService(
    (stsEndpoint) => [sampleStorage("web-identity", { stsEndpoint })],
    [sampleGrant()],
    { oidcProvider: { issuer: issuer.url, audiences: ["keyvend"], jwksUri: `${issuer.url}/jwks` } },
  );
  return { ...service, issuer };
};

test("the caller's own token goes to STS, and its session is kept for this caller and never warmed", async () => {
  const { aws, clock, dynamodb, instance, issuer, records, table } = await tokensOfCallers();
  const token = await issuer.token({ sub: "job-7" });
  const first = await instance().vend({ storage: "lake" }, alice, token);
  expect(first.ScopeEnforcedBy).toBe("session-policy");
  expect(await instance().vend({ storage: "lake" }, alice, token)).toEqual(first);
  expect(aws.stsServer.calls("AssumeRoleWithWebIdentity")).toBe(1);
  expect(aws.reads()).toBe(0);

  expect(await collect(table.due(clock.now() + 86_400_000))).toEqual([]);
  expect(JSON.stringify([records, await dynamodb.scan()])).not.toContain(token);
  await issuer.close();
});

test("a token that STS does not take is refused, and so is a caller without a token", async () => {
  const { instance, issuer } = await tokensOfCallers();
  const forged = `${await issuer.token({ sub: "job-7" })}AAAA`;
  const { vend } = instance();
  const error = await refusal(vend({ storage: "lake" }, alice, forged));
  expect(error).toMatchObject({ code: "identity_not_accepted" });
  expect(error.message).toBe("Storage lake does not accept this identity.");
  const byAws = await refusal(vend({ storage: "lake" }, { ...alice, kind: "aws" }));
  expect(byAws).toMatchObject({ code: "identity_not_accepted" });
  await issuer.close();
});

// ── What the operator sees, and what no one sees

test("each vend leaves one record: the caller, the scope, the grant, the cache tier, the expiration", async () => {
  const { instance, records } = await createService(sessionTokens, [sampleGrant()]);
  const { vend } = instance();
  const answer = await vend({ storage: "lake" });
  await vend({ storage: "lake" });
  await vend({ storage: "lake" });
  const vended: AuditRecord = {
    requestId: "request-1",
    sourceIp,
    decision: "vended",
    principal: "alice",
    issuer: "corp",
    identity: "oidc",
    tokenHash: alice.tokenHash,
    grant: "data-lake",
    storage: "lake",
    targets: ["s3://lake/"],
    permission: "READWRITE",
    way: "session-token",
    accessKeyId: answer.AccessKeyId,
    sessionName: "keyvend-lake",
    expiration: answer.Expiration,
  };
  expect(records).toEqual(["issued", "table", "memory"].map((cache) => ({ ...vended, cache })));
});

test("each refusal leaves one record, with its code and, for the operator alone, the cause", async () => {
  const { aws, clock, instance, records } = await createService(sessionTokens, [sampleGrant()]);
  await aws.putSecret({ ...lakeKey, secretAccessKey: "not-the-secret-key" });
  // The previous key could stand in for a newer one.
  clock.advance(600_000);
  const { vend } = instance();
  const fields = {
    requestId: "request-1",
    sourceIp,
    decision: "refused",
    principal: "alice",
    issuer: "corp",
    identity: "oidc",
    tokenHash: alice.tokenHash,
  };
  const noGrant = await refusal(vend({ storage: "pond" }));
  const misconfigured = await refusal(vend({ storage: "lake" }));
  expect(records).toEqual([
    { ...fields, storage: "pond", code: "no_grant", reason: noGrant.message },
    {
      ...fields,
      storage: "lake",
      grant: "data-lake",
      targets: ["s3://lake/"],
      permission: "READWRITE",
      way: "session-token",
      code: "storage_misconfigured",
      reason: `Storage lake cannot issue credentials. (${misconfigured.cause})`,
    },
  ]);
  expect(misconfigured.cause).toMatch(/^STS: SignatureDoesNotMatch 403; it says: /);
});

test("an unforeseen error is recorded as internal", async () => {
  const { instance, records } = await createService(sessionTokens, [sampleGrant()]);
  const issue = () => Promise.reject(new TypeError("not foreseen"));
  await expect(instance({ issue }).vend({ storage: "lake" })).rejects.toThrow("not foreseen");
  expect(records).toMatchObject([
    { decision: "refused", code: "internal", reason: "TypeError: not foreseen" },
  ]);
});

test("a session past its time is recorded as stale, with the reason", async () => {
  const { aws, clock, instance, records } = await createService(sessionTokens, [sampleGrant()]);
  await instance().vend({ storage: "lake" });
  clock.advance(40 * 60_000);
  aws.stsServer.trouble.fault = "unavailable";
  vi.spyOn(Math, "random").mockReturnValue(0);
  await instance().vend({ storage: "lake" });
  expect(records.at(-1)).toMatchObject({
    decision: "vended",
    cache: "table",
    stale: true,
    reason: expect.stringContaining("(STS: ServiceUnavailable 503; "),
  });
});

test("neither the table at rest nor any record holds a key, a token or a claim", async () => {
  const { dynamodb, instance, records } = await createService(
    (stsEndpoint) => [
      sampleStorage("session-token", { stsEndpoint }),
      sampleStorage("assume-role", { stsEndpoint, name: "role", sessions: "per-principal" }),
    ],
    [sampleGrant(), sampleGrant({ name: "role", storage: "role" }), sampleGrant({ name: "not-here" })],
  );
  const { vend, warm } = instance();
  const answers = [];
  for (const storage of ["lake", "role", "lake", "role"]) answers.push(await vend({ storage }));
  await warm();
  await refusal(vend({ storage: "nowhere" }));

  const secrets = [
    ...answers.flatMap(({ SecretAccessKey, Token }) => [SecretAccessKey, Token]),
    ...[lakeKey.secretAccessKey, "the caller's token", alice.claims["email"] as string],
  ];
  const sealedOnly = [
    ...answers.map(({ AccessKeyId }) => AccessKeyId),
    lakeKey.accessKeyId,
    "data-platform",
    "alice",
  ];
  const rows = await dynamodb.scan();
  // Two sessions, the key of each storage, the row of the warmers' rate, and a counter of the principal's misses and of each
  // storage's.
  expect(rows).toHaveLength(8);
  expect(foundIn(JSON.stringify(rows), [...secrets, ...sealedOnly])).toEqual([]);
  expect(foundIn(JSON.stringify(records), [...secrets, lakeKey.accessKeyId, lakeSecret])).toEqual([]);
});

test("which long-term keys had to do with a session stands in its sealed entry, and in nothing else", async () => {
  const { aws, dynamodb, instance, records, seal, table } = await createService(sessionTokens, [
    sampleGrant(),
  ]);
  // STS does not know the new key, so that the previous one issues.
  await aws.putSecret({ accessKeyId: "AKIANOBODY0000000001", secretAccessKey: "nobody" });
  const { vend, warm } = instance();
  const answers = [await vend({ storage: "lake" }), await vend({ storage: "lake" })];
  await warm();
  const rows = (await dynamodb.scan()) as { key: { S: string }; sealed?: { S: string } }[];
  const [row] = await entryRows(dynamodb);
  const entry = (await table.get(row?.key.S ?? "")) as Entry;
  const content = (await openContent(seal, entry)) as EntryContent;
  const { key, insteadOf = "" } = content.session.issuedBy as IssuedBy;
  expect(key).toMatch(/^[\w-]{22}$/);
  expect(insteadOf).toMatch(/^[\w-]{22}$/);
  for (const told of [answers, records, rows, aws.measures]) {
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).not.toContain("issuedBy");
    expect(foundIn(JSON.stringify(told), [key, insteadOf])).toEqual([]);
  }
});

test("the sealed warrant for the warmer holds the claims that the grant rests on, and no others", async () => {
  const { dynamodb, instance, seal, table } = await createService(sessionTokens, [sampleGrant()]);
  await instance().vend({ storage: "lake" });
  const [row] = await entryRows(dynamodb);
  const entry = (await table.get(row?.key.S ?? "")) as Entry;
  const content = await openContent(seal, entry);
  expect(content?.warrant).toEqual({
    principal: { ...alice, claims: { team: "data-platform" } },
    ask: { storage: "lake" },
    grant: "data-lake",
  });
});

/** Those of the texts that are there, as they are or in base64. */
function foundIn(dump: string, texts: string[]): string[] {
  const ordinary = dump.replaceAll("-", "+").replaceAll("_", "/");
  // Within a longer text, base64 begins at any of three places of a group. The parts that depend on neighbours are cut off.
  const inBase64 = (text: string) =>
    ["", "x", "xx"].some((before) =>
      ordinary.includes(
        Buffer.from(before + text)
          .toString("base64")
          .slice(4, -4),
      ),
    );
  return texts.filter((text) => dump.includes(text) || (text.length > 12 && inBase64(text)));
}
