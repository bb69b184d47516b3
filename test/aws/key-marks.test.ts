import { expect, test } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { createLongTermKeys } from "../../shared/aws/long-term-keys.ts";
import type { VendingStorage } from "../../shared/core/ways.ts";
import { guestKey, lakeKey } from "../infra/local/aws/world.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { generousSts } from "./generous-sts.ts";
import { sessionBy } from "./session-by.ts";
import { createAws, lakeSecret } from "./simulated-aws.ts";

// Which key issued a session, and what instances tell each other of it.

const { signal } = new AbortController();

async function createInstances() {
  const aws = await createAws();
  const sts = await generousSts();
  return {
    ...aws,
    sts,
    keys: () => createLongTermKeys(aws.own),
    issuedBy: async (storage: VendingStorage) => {
      const placed = { stsEndpoint: sts.url, ...storage };
      return (await createIssue(aws.own)(sampleRequest(placed, { webIdentityToken: "token" }))).issuedBy;
    },
  };
}

const { secret: _, ...ownRole } = sampleStorage("assume-role");

test.each([
  sampleStorage("session-token"),
  sampleStorage("federation-token"),
  sampleStorage("assume-role"),
  sampleStorage("static"),
])("a session of $issue says which key issued it, and when that was read", async (storage) => {
  const { clock, issuedBy } = await createInstances();
  expect(await issuedBy(storage)).toEqual({
    key: expect.stringMatching(/^[\w-]{22}$/),
    readAt: clock.now(),
  });
});

test.each([
  ["web-identity", sampleStorage("web-identity")] as const,
  ["the function's own role", ownRole] as const,
])("a session of %s says nothing of keys", async (_, storage) => {
  const { issuedBy } = await createInstances();
  expect(await issuedBy(storage)).toBeUndefined();
});

test("a key has one fingerprint on all instances; other keys, other secrets and other secret parts have others", async () => {
  const { issuedBy, putSecret } = await createInstances();
  await putSecret(lakeKey, "lake/other");
  const storage = sampleStorage("session-token");
  const [first, again] = [await issuedBy(storage), await issuedBy(storage)];
  const elsewhere = await issuedBy({ ...storage, secret: "lake/other" });
  await putSecret({ ...lakeKey, secretAccessKey: "another+secret" });
  const otherSecret = await issuedBy(storage);
  await putSecret({ ...guestKey, secretAccessKey: lakeKey.secretAccessKey });
  const otherId = await issuedBy(storage);
  expect(again?.key).toBe(first?.key);
  expect(new Set([first, elsewhere, otherSecret, otherId].map((by) => by?.key)).size).toBe(4);
});

test("the key is told without a call to STS, from memory if that is young enough", async () => {
  const { clock, keys, putSecret, reads, sts } = await createInstances();
  const { current, use } = keys();
  const told = await current(lakeSecret, signal, { notOlderThanMs: 0 });
  expect((await use(lakeSecret, signal, sessionBy)).issuedBy).toEqual({
    key: told.fingerprint,
    readAt: clock.now(),
  });
  await putSecret(guestKey);
  clock.aheadMs = 60_000;
  expect(await current(lakeSecret, signal, { notOlderThanMs: 60_000 })).toEqual(told);
  expect(reads()).toBe(1);
  const other = await current(lakeSecret, signal, { notOlderThanMs: 59_999 });
  expect(other).toEqual({ fingerprint: expect.stringMatching(/^[\w-]{22}$/), readAt: clock.now() });
  expect(other.fingerprint).not.toBe(told.fingerprint);
  expect((await use(lakeSecret, signal, sessionBy)).accessKeyId).toBe(guestKey.accessKeyId);
  expect([reads(), sts.received.length]).toEqual([2, 0]);
});

test("a key that cannot be told is not made up", async () => {
  const { keys, secretsServer } = await createInstances();
  const { current } = keys();
  await current(lakeSecret, signal, { notOlderThanMs: 0 });
  secretsServer.trouble.fault = "throttled";
  await expect(current(lakeSecret, signal, { notOlderThanMs: -1 })).rejects.toMatchObject({ away: true });
});

test("an instance that is told of a newer key reads the secret again first", async () => {
  const { clock, keys, putSecret, reads } = await createInstances();
  const [one, other] = [keys(), keys()];
  await one.use(lakeSecret, signal, sessionBy);
  await putSecret(guestKey);
  clock.aheadMs = 1;
  const { fingerprint, readAt } = await other.current(lakeSecret, signal, { notOlderThanMs: 0 });
  const session = await one.use(lakeSecret, signal, sessionBy, {
    newest: { key: fingerprint, readAt, isProven: false },
  });
  expect(session.accessKeyId).toBe(guestKey.accessKeyId);
  await one.use(lakeSecret, signal, sessionBy, {
    newest: { key: fingerprint, readAt, isProven: false },
  });
  expect(reads()).toBe(3);
});

test("the same key, or one that was read before, is no reason to read", async () => {
  const { clock, keys, reads } = await createInstances();
  const { use } = keys();
  const { issuedBy = { key: "", readAt: 0 } } = await use(lakeSecret, signal, sessionBy);
  clock.aheadMs = 1;
  await use(lakeSecret, signal, sessionBy, {
    newest: { key: issuedBy.key, readAt: clock.now(), isProven: true },
  });
  await use(lakeSecret, signal, sessionBy, {
    newest: { key: "another", readAt: issuedBy.readAt, isProven: true },
  });
  expect(reads()).toBe(1);
});

test("a newer key that is nowhere has the secret read once in 5 s, and stops nobody", async () => {
  const { clock, keys, reads, secretsServer } = await createInstances();
  const { use } = keys();
  const useAt = async (aheadMs: number) => {
    clock.aheadMs = aheadMs;
    const newest = { key: "another", readAt: clock.now() + 900_000, isProven: false };
    return (await use(lakeSecret, signal, sessionBy, { newest })).accessKeyId;
  };
  for (const aheadMs of [0, 1, 2, 5_000]) expect(await useAt(aheadMs)).toBe(lakeKey.accessKeyId);
  expect(reads()).toBe(2);
  secretsServer.trouble.fault = "throttled";
  for (const aheadMs of [5_001, 9_999, 10_001]) expect(await useAt(aheadMs)).toBe(lakeKey.accessKeyId);
  expect(reads()).toBe(4);
});
