import { expect, test } from "vitest";
import { createSeal } from "../../../shared/aws/seal.ts";
import { indexGrants } from "../../../shared/core/grant-index.ts";
import type { Storage } from "../../../shared/core/storage.ts";
import { createWarm } from "../../../shared/vending/warm/warm.ts";
import { lakeKey } from "../../infra/local/aws/world.ts";
import { alice, sampleGrant, sampleStorage } from "../samples.ts";
import { entryRows, revocationsOf, tableName } from "../simulated-fleet.ts";
import { createService } from "../vending-service.ts";

const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const nothing = { due: 0, issued: 0, dropped: 0, passed: 0, failed: {}, left: 0 };

/** Storages with a secret each. All have vended and, unless an argument says otherwise, served from the cache. */
async function createUsedService(storages: readonly string[], { used = true } = {}) {
  const service = await createService(
    (stsEndpoint) =>
      storages.map((name) =>
        sampleStorage("session-token", { name, stsEndpoint, secret: `keyvend/${name}` }),
      ),
    storages.map((storage) => sampleGrant({ name: storage, storage })),
  );
  const { vend } = service.instance();
  for (const storage of storages) {
    await service.aws.putSecret(lakeKey, `keyvend/${storage}`);
    await vend({ storage });
    if (used) await vend({ storage });
  }
  service.records.length = 0;
  return { ...service, issues: () => service.aws.stsServer.calls("GetSessionToken") };
}

test("an entry that is due and was used is issued again once, and must be used anew before it is warmed anew", async () => {
  const { instance, issues, records } = await createUsedService(["a", "b"]);
  const before = await instance().vend({ storage: "a" });
  records.length = 0;
  expect(await instance().warm()).toEqual({ ...nothing, due: 2, issued: 2 });
  expect(records).toMatchObject(
    ["a", "b"].map(() => ({ decision: "warmed", requestId: "warm-1", principal: "alice", cache: "issued" })),
  );
  expect(records.map(({ storage }) => storage).sort()).toEqual(["a", "b"]);

  expect(await instance().warm()).toEqual(nothing);
  const after = await instance().vend({ storage: "a" });
  expect(after.AccessKeyId).not.toBe(before.AccessKeyId);
  expect(await instance().warm()).toEqual({ ...nothing, due: 1, issued: 1 });
  expect(issues()).toBe(5);
});

test("an entry is issued again by the grant of its caller, though a caller elsewhere would have a longer one", async () => {
  const { aws, instance } = await createService(
    (stsEndpoint) => [
      sampleStorage("session-token", {
        name: "a",
        stsEndpoint,
        secret: "keyvend/a",
        maxDurationSeconds: 43_200,
      }),
    ],
    [
      sampleGrant({ name: "office", storage: "a", sourceIps: ["203.0.113.0/24"] }),
      sampleGrant({ name: "anywhere", storage: "a", maxDurationSeconds: 3_600 }),
    ],
  );
  await aws.putSecret(lakeKey, "keyvend/a");
  const { vend } = instance();
  await vend({ storage: "a" });
  await vend({ storage: "a" });
  expect(await instance().warm()).toEqual({ ...nothing, due: 1, issued: 1 });
});

test("an entry that was never served from the cache is not issued again", async () => {
  const { instance } = await createUsedService(["a"], { used: false });
  expect(await instance().warm()).toEqual(nothing);
});

test("an hour is due after fifteen minutes at the earliest, and after twenty-four at the latest", async () => {
  const { clock, instance } = await createUsedService(names);
  // To the minute: STS gives whole seconds, and has a clock of its own.
  clock.advance(14 * 60_000);
  expect(await instance().warm(0)).toEqual(nothing);
  clock.advance(11 * 60_000);
  expect(await instance().warm(0)).toEqual({ ...nothing, due: 10, issued: 10 });
});

test("two warmers at once issue each entry once", async () => {
  const { instance, issues } = await createUsedService(names);
  const reports = await Promise.all([instance().warm(), instance().warm()]);
  expect(reports.map(({ issued }) => issued).reduce((sum, n) => sum + n)).toBe(10);
  for (const report of reports) expect(report).toMatchObject({ failed: {}, dropped: 0, left: 0 });
  expect(issues()).toBe(20);
});

test("the warmer passes over an entry that is still on the list, but was issued meanwhile", async () => {
  const { instance, table } = await createUsedService(["a"]);
  const entries = { ...table, get: async (key: string) => withoutDue(await table.get(key)) };
  expect(await instance({ table: entries }).warm()).toEqual({ ...nothing, due: 1, passed: 1 });
});

const withoutDue = <T extends object>(entry: T | undefined) =>
  entry && (({ dueAt: _, ...rest }: T & { dueAt?: number }) => rest as T)(entry);

test.each<[string, (storages: Storage[]) => { storages?: Storage[]; grants?: [] }, object]>([
  ["a grant that was taken away", () => ({ grants: [] }), { code: "no_grant" }],
  ["a storage that is gone", () => ({ storages: [] }), { code: "no_grant" }],
  [
    "a storage that has another secret by now",
    ([a]) => ({ storages: [{ ...a, secret: "keyvend/other" } as Storage] }),
    { reason: "The configuration has changed." },
  ],
  [
    "a storage that vends its long-term key by now",
    () => ({ storages: [sampleStorage("static", { name: "a", secret: "keyvend/a" })] }),
    { reason: "The configuration has changed." },
  ],
  [
    "a storage that vends nothing any more",
    () => ({ storages: [sampleStorage("none", { name: "a" })] }),
    { reason: "The configuration has changed." },
  ],
])("%s: the entry is dropped", async (_, changed, record) => {
  const { config, dynamodb, instance, issues, records } = await createUsedService(["a"]);
  const { storages = [...config.storages.values()], grants = [...config.grants.all] } = changed([
    ...config.storages.values(),
  ]);
  const today = {
    ...config,
    grants: indexGrants(grants),
    storages: new Map(storages.map((storage) => [storage.name, storage])),
  };
  expect(await instance({ config: today }).warm()).toEqual({ ...nothing, due: 1, dropped: 1 });
  expect(await entryRows(dynamodb)).toEqual([]);
  expect(records).toEqual([expect.objectContaining({ decision: "dropped", principal: "alice", ...record })]);
  expect(issues()).toBe(1);
});

test("an entry that cannot be opened is reported, and stays: the fault may be the sealing key's", async () => {
  const { call, clock, dynamodb, instance, records } = await createUsedService(["a"]);
  const number = (value: number) => ({ N: String(value) });
  const entry = {
    key: { S: "0".repeat(64) },
    generation: number(1),
    sealed: { S: "k1.AAAA.AAAA.AAAA" },
    dueAt: number(clock.now()),
    dueShard: number(0),
  };
  await call("PutItem", { TableName: tableName, Item: entry });
  expect(await instance().warm()).toEqual({ ...nothing, due: 2, issued: 1, failed: { internal: 1 } });
  expect(await entryRows(dynamodb)).toContainEqual(entry);
  expect(records).toHaveLength(2);
  expect(records).toContainEqual(
    expect.objectContaining({ decision: "failed", reason: "The entry cannot be opened." }),
  );
});

test("while the sealing key cannot be read, no entry counts as one that cannot be opened", async () => {
  const { clock, config, dynamodb, table } = await createUsedService(["a"]);
  const seal = createSeal(
    () => Promise.reject(new Error("Secrets Manager is away")),
    clock,
    () => undefined,
  );
  const renew = () => Promise.reject(new Error("not reached"));
  const budget = { approach: async () => true, stepBack() {} };
  const revocations = revocationsOf({ table, clock });
  const warm = createWarm({
    ...{ config, table, seal, renew, revocations, budget, clock },
    audit: { record() {} },
    absorb() {},
  });
  const pass = { horizon: clock.now() + 3_600_000, until: clock.now() + 60_000, requestId: "warm-1" };
  await expect(warm(pass)).rejects.toThrow("Secrets Manager is away");
  expect(await entryRows(dynamodb)).toHaveLength(1);
});

test.each(["client-key", "api-token"] as const)(
  "%s: an entry of a caller that the configuration lists no more, or whose time is over, is dropped",
  async (kind) => {
    const { config, instance, clock, records } = await createUsedService([]);
    const lister = {
      name: "catalog",
      ids: ["KV1X"],
      sha256: "0",
      claims: {},
      expiresAt: clock.now() + 86_400_000,
    };
    const listed = (expiresAt: number) => ({
      ...config,
      ...(kind === "client-key"
        ? { clientKeys: [{ ...lister, expiresAt }] }
        : { apiTokens: [{ ...lister, expiresAt }] }),
      storages: new Map([["a", sampleStorage("session-token", { name: "a" })]]),
      grants: indexGrants([sampleGrant({ storage: "a", issuer: [kind] })]),
    });
    const caller = { ...alice, issuer: kind, subject: "catalog", kind };
    const issue = async ({ durationSeconds }: { durationSeconds: number }) => {
      const issuedAt = clock.now();
      return {
        accessKeyId: "ASIA",
        secretAccessKey: "s",
        sessionToken: "t",
        issuedAt,
        expiration: issuedAt + durationSeconds * 1_000,
      };
    };
    const at = (expiresAt: number) => instance({ config: listed(expiresAt), issue });
    const use = async () => {
      await at(lister.expiresAt).vend({ storage: "a" }, caller);
      await at(lister.expiresAt).vend({ storage: "a" }, caller);
    };
    await use();
    expect(await at(lister.expiresAt).warm()).toMatchObject({ issued: 1, dropped: 0 });
    await use();
    expect(await at(clock.now()).warm()).toMatchObject({ issued: 0, dropped: 1 });
    expect(records.at(-1)).toMatchObject({ decision: "dropped", principal: "catalog" });
  },
);
