import { describe, expect, test } from "vitest";
import type { Grant } from "../../shared/core/grant.ts";
import { issueRefusal } from "../../shared/core/issue-refusal.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { StorageOf } from "../../shared/core/storage.ts";
import type { KeptStorage } from "../../shared/core/ways.ts";
import type { Issue } from "../../shared/vending/ports.ts";
import { fakeService } from "../aws/fake-service.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "./samples.ts";
import { collect } from "./simulated-fleet.ts";
import { createService } from "./vending-service.ts";

// Callers of STS, from their ask to what STS is asked for and what they are told.

const lake = { storage: "lake" };
const second = 1_000;
const minute = 60 * second;

/** An STS by the service's clock, which gives any duration unless a test says another one. It counts its calls. */
async function createSts() {
  let now = Date.now;
  const calls: URLSearchParams[] = [];
  const gives = { seconds: undefined as number | undefined };
  const { url } = await fakeService((body) => {
    const call = new URLSearchParams(body);
    calls.push(call);
    const seconds = gives.seconds ?? Number(call.get("DurationSeconds"));
    const expiration = new Date(now() + seconds * second).toISOString();
    const credentials = `<AccessKeyId>ASIA${calls.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration>`;
    const action = call.get("Action");
    return {
      status: 200,
      body: `<${action}Response><${action}Result><Credentials>${credentials}</Credentials></${action}Result></${action}Response>`,
    };
  });
  const follow = (clock: () => number) => {
    now = clock;
  };
  return { url, calls, gives, follow };
}

const roleOf = (change: Partial<StorageOf<"assume-role">> = {}) => createServiceOf("assume-role", {}, change);

async function createServiceOf<W extends KeptStorage["issue"]>(
  way: W,
  grant: Partial<Grant> = {},
  change: Partial<StorageOf<W>> = {},
) {
  const sts = await createSts();
  const storage = sampleStorage(way, { stsEndpoint: sts.url, ...change } as Partial<StorageOf<W>>);
  const service = await createService(() => [storage], [sampleGrant(grant)]);
  sts.follow(service.clock.now);
  return { ...service, sts };
}

const secondsLeft = ({ Expiration }: { Expiration: string }, now: number) =>
  (Date.parse(Expiration) - now) / second;

describe("durations", () => {
  test("a session lasts longer than its caller is told, so that one issue serves later callers as much", async () => {
    const { instance, clock, sts, records } = await roleOf();
    const first = await instance().vendSts({ ...lake, durationSeconds: 3_600 });
    expect(secondsLeft(first, clock.now())).toBe(3_600);
    expect(first).toMatchObject({ DurationSeconds: 3_600 });
    clock.advance(55 * minute);
    const later = await instance().vendSts({ ...lake, durationSeconds: 3_600 });
    expect(later.AccessKeyId).toBe(first.AccessKeyId);
    expect(secondsLeft(later, clock.now())).toBe(3_600);
    expect(sts.calls).toHaveLength(1);
    const [{ expiration = "", toldExpiration = "" } = {}] = records;
    expect(toldExpiration).toBe(first.Expiration);
    expect(Date.parse(expiration) - Date.parse(toldExpiration)).toBeGreaterThanOrEqual(3_598 * second);
  });

  test("no answer has less left than was asked for, to the last second of sharing", async () => {
    const { instance, clock, sts } = await roleOf();
    const first = await instance().vendSts({ ...lake, durationSeconds: 3_600 });
    clock.advance(61 * minute);
    const later = await instance().vendSts({ ...lake, durationSeconds: 3_600 });
    expect(later.AccessKeyId).not.toBe(first.AccessKeyId);
    expect(secondsLeft(later, clock.now())).toBe(3_600);
    expect(sts.calls).toHaveLength(2);
  });

  test.each([
    { asked: 900, issued: 1_800 },
    { asked: 1_800, issued: 3_600 },
    { asked: 1_801, issued: 7_200 },
    { asked: 3_600, issued: 7_200 },
    { asked: undefined, issued: 7_200 },
    { asked: 20_000, issued: 43_200 },
    { asked: 43_200, issued: 43_200 },
  ])("$asked seconds are issued for $issued", async ({ asked, issued }) => {
    const { instance, clock, records } = await roleOf();
    const answer = await instance().vendSts({ ...lake, ...(asked && { durationSeconds: asked }) });
    expect(secondsLeft(answer, clock.now())).toBeCloseTo(asked ?? 3_600, -1);
    expect((Date.parse(records[0]?.expiration ?? "") - clock.now()) / second).toBeCloseTo(issued, -1);
  });

  test("two durations that are issued for the same time share a session", async () => {
    const { instance, sts } = await roleOf();
    for (const durationSeconds of [2_000, 3_600, 3_000])
      await instance().vendSts({ ...lake, durationSeconds });
    expect(sts.calls).toHaveLength(1);
  });

  test("a caller of STS and another one share a session that is issued for the same time", async () => {
    const { instance, sts } = await roleOf();
    await instance().vendSts({ ...lake, durationSeconds: 1_800 });
    await instance().vend({ ...lake, durationSeconds: 3_600 });
    expect(sts.calls).toHaveLength(1);
  });

  test("more than is allowed is refused, with the maximum", async () => {
    const { instance, sts, records } = await createServiceOf("assume-role", { maxDurationSeconds: 3_600 });
    await expect(instance().vendSts({ ...lake, durationSeconds: 3_601 })).rejects.toMatchObject({
      code: "invalid_request",
      fields: [{ field: "durationSeconds", message: "must be at most 3600" }],
    });
    expect(records).toMatchObject([{ decision: "refused", code: "invalid_request" }]);
    expect(sts.calls).toHaveLength(0);
  });

  test("where a role is assumed by a role, each later caller of the whole hour costs a call, and one of half of it none", async () => {
    const sts = await createSts();
    const { secret: _, ...chained } = sampleStorage("assume-role", { stsEndpoint: sts.url });
    const { instance, clock } = await createService(() => [chained], [sampleGrant()]);
    sts.follow(clock.now);
    await instance().vendSts({ ...lake, durationSeconds: 3_600 });
    clock.advance(2 * second);
    await instance().vendSts({ ...lake, durationSeconds: 3_600 });
    expect(sts.calls).toHaveLength(2);
    clock.advance(29 * minute);
    await instance().vendSts({ ...lake, durationSeconds: 1_800 });
    expect(sts.calls).toHaveLength(2);
  });

  test("where nothing is left to share, a caller that names no duration is given less, but never less than half", async () => {
    const { instance, clock, sts } = await createServiceOf("assume-role", { maxDurationSeconds: 3_600 });
    await instance().vendSts(lake);
    clock.advance(29 * minute);
    const answer = await instance().vendSts(lake);
    expect(secondsLeft(answer, clock.now())).toBeCloseTo(31 * 60, -1);
    expect(sts.calls).toHaveLength(1);
    clock.advance(2 * minute);
    expect(secondsLeft(await instance().vendSts(lake), clock.now())).toBeCloseTo(3_600, -1);
  });

  test("the usual duration of a request is as long as its terms say, as far as it is allowed", async () => {
    const { instance, clock } = await createServiceOf("session-token", { maxDurationSeconds: 20_000 });
    const answer = await instance().vendSts({ ...lake, sts: { usualSeconds: 43_200 } });
    expect(secondsLeft(answer, clock.now())).toBeCloseTo(20_000, -1);
  });

  test("the real end stays within the grant's own end, and what is told within the real one", async () => {
    const expires = Date.now() + 4_000 * second;
    const { instance, clock, sts, records } = await createServiceOf("assume-role", { expires });
    const ask = { ...lake, durationSeconds: 1_800 };
    clock.advance(10 * minute);
    const first = await instance().vendSts(ask);
    expect(secondsLeft(first, clock.now())).toBeCloseTo(1_800, -1);
    clock.advance(20 * minute);
    // Nearly all is used of the 3,390 s that were left to the grant.
    expect((await instance().vendSts(ask)).AccessKeyId).toBe(first.AccessKeyId);
    for (const { expiration = "" } of records) expect(Date.parse(expiration)).toBeLessThanOrEqual(expires);
    clock.advance(20 * minute);
    await expect(instance().vendSts(ask)).rejects.toMatchObject({ code: "invalid_request" });
    const last = await instance().vendSts({ ...lake, durationSeconds: 900 });
    expect(Date.parse(last.Expiration)).toBeLessThanOrEqual(expires);
    expect(sts.calls).toHaveLength(1);
  });

  test.each([
    { leftSeconds: 915, code: undefined },
    { leftSeconds: 905, code: "no_grant" },
  ])("a grant that ends in $leftSeconds s: $code", async ({ leftSeconds, code }) => {
    const { instance } = await createServiceOf("assume-role", {
      expires: Date.now() + leftSeconds * second,
    });
    const vending = instance().vendSts({ ...lake, durationSeconds: 900 });
    expect(await vending.then(() => undefined).catch((error) => error.code)).toBe(code);
  });

  test("while STS is away an old session is handed out with its real end, and the trail says so", async () => {
    const { instance, clock, records } = await roleOf();
    const first = await instance().vendSts({ ...lake, durationSeconds: 3_600 });
    clock.advance(100 * minute);
    const away = instance({
      async issue() {
        throw issueRefusal("unavailable", "lake");
      },
    });
    const answer = await away.vendSts({ ...lake, durationSeconds: 3_600 });
    expect(answer.AccessKeyId).toBe(first.AccessKeyId);
    expect(secondsLeft(answer, clock.now())).toBeCloseTo(1_200, -1);
    expect(records.at(-1)).toMatchObject({ stale: true, expiration: answer.Expiration });
  });
});

/** The code and the fields of a refusal; `undefined` if there is none. */
async function refusalOf(vending: Promise<unknown>) {
  return vending.then(() => undefined).catch(({ code, fields }) => [code, fields?.[0]?.field]);
}

describe("a way that cannot hold what is asked for refuses it, once a grant is found:", () => {
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" },
  });

  test.each([
    ["its own target", { targets: [{ bucket: "lake", prefix: "" }] }],
    ["its own permission", { permission: "READWRITE" }],
    ["a policy, even one for everything", { sts: { policy } }],
  ] as const)("session-token, %s", async (_, change) => {
    const { instance, sts } = await createServiceOf("session-token");
    expect(await refusalOf(instance().vendSts({ ...lake, ...change }))).toEqual(["not_scopable", undefined]);
    expect(sts.calls).toHaveLength(0);
    expect(await instance().vendSts(lake)).toMatchObject({ ScopeEnforcedBy: "identity" });
  });

  test.each([
    ["static", "GET /v1/storages/lake/credentials gives its keys"],
    ["none", "use keys of your own at http"],
  ] as const)("%s, which gives no sessions, also for a part of the grant", async (way, words) => {
    const { instance, config } = await createService(() => [sampleStorage(way)], [sampleGrant()]);
    for (const ask of [lake, { ...lake, permission: "READ" as const }])
      await expect(instance().vendSts(ask)).rejects.toMatchObject({
        code: "delegation_off",
        message: expect.stringContaining(words),
      });
    const without = instance({ config: configOf([...config.storages.values()], []) });
    expect(await refusalOf(without.vendSts(lake))).toEqual(["no_grant", undefined]);
  });

  test("web-identity, for a caller without a token", async () => {
    const { instance } = await createServiceOf("web-identity");
    expect(await refusalOf(instance().vendSts(lake))).toEqual(["identity_not_accepted", undefined]);
  });

  test.each(["assume-role", "federation-token"] as const)("but not %s", async (way) => {
    const { instance } = await createServiceOf(way);
    const targets = [{ bucket: "lake", prefix: "t1/" }];
    const answer = await instance().vendSts({ ...lake, targets, permission: "READ", sts: { policy } });
    expect(answer).toMatchObject({ Targets: ["s3://lake/t1/"], Permission: "READ" });
  });
});

describe("tags of a request", () => {
  const sessionTags = { team: "${claims.team}", kind: "table" };
  const { team } = alice.claims as { team: string };

  test.each([
    { tags: { kind: "table", team }, refused: undefined },
    { tags: undefined, refused: undefined },
    { tags: { team }, refused: ["invalid_request", "tags"] },
    { tags: { team, kind: "view" }, refused: ["invalid_request", "tags"] },
    { tags: { team, kind: "table", more: "x" }, refused: ["invalid_request", "tags"] },
    { tags: {}, refused: ["invalid_request", "tags"] },
  ])("$tags: $refused", async ({ tags, refused }) => {
    const { instance } = await createServiceOf("assume-role", { sessionTags });
    expect(await refusalOf(instance().vendSts({ ...lake, sts: { ...(tags && { tags }) } }))).toEqual(refused);
  });

  test("that stay through further roles are told to STS, and have a session of their own", async () => {
    const { instance, sts } = await createServiceOf("assume-role", { sessionTags });
    const tags = { kind: "table", team };
    await instance().vendSts({ ...lake, sts: { tags } });
    await instance().vendSts({ ...lake, sts: { tags, transitiveTagKeys: ["kind", "team"] } });
    await instance().vendSts({ ...lake, sts: { tags, transitiveTagKeys: ["kind", "team"] } });
    const keysOf = (call: URLSearchParams) =>
      [...call].flatMap(([name, key]) => (name.startsWith("Transitive") ? [key] : []));
    expect(sts.calls.map(keysOf)).toEqual([[], ["kind", "team"]]);
  });

  test.each([
    ["assume-role", { transitiveTagKeys: ["kind"] }],
    ["assume-role", { tags: { kind: "table", team }, transitiveTagKeys: ["kind", "more"] }],
    ["federation-token", { tags: { kind: "table", team }, transitiveTagKeys: ["kind"] }],
  ] as const)("of %s that could not stay are refused: %j", async (way, sts) => {
    const { instance } = await createServiceOf(way, { sessionTags });
    expect(await refusalOf(instance().vendSts({ ...lake, sts }))).toEqual([
      "invalid_request",
      "transitiveTagKeys",
    ]);
  });

  test("are refused where the grant has none", async () => {
    const { instance } = await roleOf();
    const vending = instance().vendSts({ ...lake, sts: { tags: { team } } });
    expect(await refusalOf(vending)).toEqual(["invalid_request", "tags"]);
  });
});

describe("an external id", () => {
  test.each([
    ["the same", { externalId: "blue" }, undefined],
    ["another", { externalId: "green" }, ["no_grant", undefined]],
    ["none", {}, ["no_grant", undefined]],
  ] as const)("that the grant demands: %s", async (_, sts, refused) => {
    const { instance } = await createServiceOf("assume-role", { externalId: "blue" });
    expect(await refusalOf(instance().vendSts({ ...lake, sts }))).toEqual(refused);
  });

  test("that no grant demands is ignored, and a grant that demands one gives nothing at other doors", async () => {
    const { instance } = await roleOf();
    expect(await refusalOf(instance().vendSts({ ...lake, sts: { externalId: "blue" } }))).toBeUndefined();
    const demanding = await createServiceOf("assume-role", { externalId: "blue" });
    expect(await refusalOf(demanding.instance().vend(lake))).toEqual(["no_grant", undefined]);
  });
});

describe("a caller's own policy", () => {
  const reads = (...folders: string[]) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: `S${folders.length}`,
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:GetObjectVersion"],
          Resource: folders.map((folder) => `arn:aws:s3:::lake/${folder}/*`),
        },
      ],
    });

  test("is part of what decides a session, as it results and not as it is written", async () => {
    const { instance, sts } = await createServiceOf("assume-role", { prefix: "wh/" });
    const vend = (policy: string) => instance().vendSts({ ...lake, sts: { policy } });
    await vend(reads("wh/a", "wh/b"));
    await vend(reads("wh/b", "wh/a"));
    await vend(reads("wh/b", "wh/a", "other"));
    expect(sts.calls).toHaveLength(1);
    await vend(reads("wh/b"));
    await instance().vendSts(lake);
    expect(sts.calls).toHaveLength(3);
  });

  test("what of it is beyond the grant is in the trail, and a policy that leaves nothing never reaches STS", async () => {
    const { instance, sts, records } = await createServiceOf("assume-role", { prefix: "wh/" });
    await instance().vendSts({ ...lake, sts: { policy: reads("wh/a") } });
    expect(records).toMatchObject([{ removed: [expect.stringContaining("s3:GetObjectVersion")] }]);
    const vending = instance().vendSts({ ...lake, sts: { policy: reads("other") } });
    expect(await refusalOf(vending)).toEqual(["no_grant", undefined]);
    expect(records.at(-1)).toMatchObject({ decision: "refused", grant: "data-lake" });
    expect(await refusalOf(instance().vendSts({ ...lake, sts: { policy: "{" } }))).toEqual([
      "invalid_request",
      "policy",
    ]);
    expect(sts.calls).toHaveLength(1);
  });

  test("the warmer renews for the same duration and the same policy, and drops what the grant of today would not give", async () => {
    const { instance, sts, clock, config, records, table } = await createServiceOf("assume-role", {
      prefix: "wh/",
    });
    const ask = { ...lake, durationSeconds: 3_600, sts: { policy: reads("wh/a"), externalId: "x" } };
    const first = await instance().vendSts(ask);
    await instance().vendSts(ask);
    expect(await instance().warm(7_200_000)).toMatchObject({ due: 1, issued: 1 });
    expect(records.at(-1)).toMatchObject({ decision: "warmed", removed: [expect.any(String)] });
    clock.advance(10 * second);
    const renewed = await instance().vendSts(ask);
    expect(renewed.AccessKeyId).not.toBe(first.AccessKeyId);
    expect(sts.calls).toHaveLength(2);
    const [grant] = [sampleGrant({ prefix: "other/" })];
    const narrowed = configOf([...config.storages.values()], [grant]);
    expect(await instance({ config: narrowed }).warm(7_200_000)).toMatchObject({ due: 1, dropped: 1 });
    expect(await collect(table.due(clock.now() + 7_200_000))).toEqual([]);
  });
});

test("the name that the caller gave its session is in the trail and decides nothing", async () => {
  const { instance, sts, records } = await roleOf();
  await instance().vendSts(lake, { callerSession: "fluss-1" });
  await instance().vendSts(lake, { callerSession: "fluss-2" });
  await expect(instance().vendSts({ storage: "pond" }, { callerSession: "fluss-3" })).rejects.toThrow();
  expect(records.map(({ callerSession }) => callerSession)).toEqual(["fluss-1", "fluss-2", "fluss-3"]);
  expect(sts.calls).toHaveLength(1);
});

test("per-principal sessions of one duration are each principal's own", async () => {
  const { instance, sts } = await roleOf({ sessions: "per-principal" });
  const key = (subject: string): Principal => ({ ...alice, subject });
  for (const subject of ["polaris", "nessie", "polaris"])
    await instance().vendSts(lake, { principal: key(subject) });
  expect(sts.calls).toHaveLength(2);
});

test("of a store that gives less time than it is asked for, callers get what there is, and those that wait share it", async () => {
  const { instance, clock, sts } = await roleOf();
  sts.gives.seconds = 1_800;
  const ask = { ...lake, durationSeconds: 3_600 };
  const answers = await Promise.all([1, 2, 3].map(() => instance().vendSts(ask)));
  expect(new Set(answers.map(({ AccessKeyId }) => AccessKeyId)).size).toBe(1);
  expect(secondsLeft(answers[2] as { Expiration: string }, clock.now())).toBe(1_800);
  clock.advance(second);
  await instance().vendSts(ask);
  expect(sts.calls).toHaveLength(2);
});

test("an instance's memory serves a caller only with what that one needs", async () => {
  const { instance, clock, sts, records } = await createServiceOf("assume-role", {
    maxDurationSeconds: 3_600,
  });
  const one = instance();
  await one.vendSts({ ...lake, durationSeconds: 3_000 });
  await one.vendSts({ ...lake, durationSeconds: 3_000 });
  clock.advance(2 * second);
  await one.vendSts({ ...lake, durationSeconds: 3_000 });
  expect(records.map(({ cache }) => cache)).toEqual(["issued", "table", "memory"]);
  await one.vendSts({ ...lake, durationSeconds: 3_599 });
  expect(records.at(-1)).toMatchObject({ cache: "issued" });
  expect(sts.calls).toHaveLength(2);
});

test("a door without the rules refuses callers of STS", async () => {
  const { instance, sts, records } = await roleOf();
  expect(await refusalOf(instance({ grantTerms: undefined }).vendSts(lake))).toEqual(["internal", undefined]);
  expect(records).toMatchObject([{ code: "internal" }]);
  expect(sts.calls).toHaveLength(0);
});

describe("a patient caller", () => {
  /** Throttles so many times, and then issues. */
  async function throttledFirst(times: number) {
    const { instance, clock, records } = await roleOf();
    // Here a sleep takes its time.
    Object.assign(clock, { sleep: async (milliseconds: number) => void clock.advance(milliseconds) });
    let calls = 0;
    const issue: Issue = async ({ durationSeconds }) => {
      calls += 1;
      if (calls <= times) throw issueRefusal("throttled", "lake", { retryAfterSeconds: 1 });
      const [issuedAt, keys] = [
        clock.now(),
        { accessKeyId: "ASIAHELD", secretAccessKey: "s", sessionToken: "t" },
      ];
      return { ...keys, issuedAt, expiration: issuedAt + durationSeconds * second };
    };
    return { vend: () => instance({ issue }).vendSts(lake), records, calls: () => calls };
  }

  test("stays for the pause of a storage, and is answered by the next issue", async () => {
    const { vend, records, calls } = await throttledFirst(1);
    expect(await vend()).toMatchObject({ AccessKeyId: "ASIAHELD" });
    expect(calls()).toBe(2);
    expect(records.map(({ decision }) => decision)).toEqual(["vended"]);
  });

  test("is told when to come back once its patience does not reach the end of the pause", async () => {
    const { vend, records, calls } = await throttledFirst(100);
    await expect(vend()).rejects.toMatchObject({ code: "throttled", retryAfterSeconds: expect.any(Number) });
    expect(calls()).toBeLessThanOrEqual(4);
    expect(records.map(({ decision }) => decision)).toEqual(["refused"]);
  });
});
