import { GetSecretValueCommand, UpdateSecretVersionStageCommand } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { createLongTermKeys } from "../../shared/aws/long-term-keys.ts";
import type { VendingStorage } from "../../shared/core/ways.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService } from "./fake-service.ts";
import { createAws, lakeSecret } from "./simulated-aws.ts";
import { credentials, sessionToken, stsError } from "./sts-answers.ts";

// What callers get, and what it costs STS and Secrets Manager, while a long-term key changes.

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => vi.restoreAllMocks());

const key = (name: string) => ({
  accessKeyId: `AKIA${name}`,
  secretAccessKey: `secret of ${name}`.replaceAll(" ", "-"),
});
const oldKey = key("OLD");
const newKey = key("NEW");

/** An STS that refuses some keys, each by a code, and a secret that held the old key for an hour. */
async function createRotation() {
  const aws = await createAws();
  const refused = new Map<string, string>();
  const asked: string[] = [];
  const sts = await fakeService((_, { headers }) => {
    const id = /Credential=AKIA(\w+)/.exec(headers.authorization ?? "")?.[1] ?? "";
    asked.push(id);
    const code = refused.get(id);
    if (code === undefined) return { status: 200, body: sessionToken(credentials()) };
    return { status: code === "Throttling" ? 400 : 403, body: stsError(code) };
  });
  await aws.putSecret(oldKey);
  const storage = sampleStorage("session-token", { stsEndpoint: sts.url });
  return {
    ...aws,
    stsUrl: sts.url,
    refused,
    /** Takes what STS was asked with since the last time. */
    asked: () => asked.splice(0).join(" "),
    /** An instance that has no key yet. */
    instance: (change: Partial<VendingStorage> = {}) => {
      const issue = createIssue(aws.own);
      return () => issue(sampleRequest({ ...storage, ...change } as VendingStorage)).catch((error) => error);
    },
    previousUses: () => aws.measures.filter(([, values]) => values.PreviousKeyUsed),
  };
}

const issued = { sessionToken: "token" };
const misconfigured = { code: "storage_misconfigured", retryAfterSeconds: undefined };
const comeBack = {
  code: "unavailable",
  message: "Storage lake cannot issue credentials right now.",
  retryAfterSeconds: 2,
};

test.each(["AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch", "NobodyKnows"])(
  "a store that answers %s to the old key gets the new one at once",
  async (code) => {
    const { asked, instance, putSecret, reads, refused } = await createRotation();
    const issue = instance();
    await issue();
    await putSecret(newKey);
    refused.set("OLD", code);
    expect(await issue()).toMatchObject(issued);
    expect([asked(), reads()]).toEqual(["OLD OLD NEW", 2]);
    expect(await issue()).toMatchObject(issued);
    expect([asked(), reads()]).toEqual(["NEW", 2]);
  },
);

test("callers that need the secret at the same time share one read", async () => {
  const { instance, putSecret, reads, refused } = await createRotation();
  const issue = instance();
  const all = () => Promise.all(Array.from({ length: 10 }, issue));
  for (const session of await all()) expect(session).toMatchObject(issued);
  expect(reads()).toBe(1);
  await putSecret(newKey);
  refused.set("OLD", "AccessDenied");
  for (const session of await all()) expect(session).toMatchObject(issued);
  expect(reads()).toBe(2);
});

test("a refusal that no key heals has the secret read once in 5 s", async () => {
  const { clock, instance, reads, refused } = await createRotation();
  clock.aheadMs = 300_000;
  refused.set("OLD", "AccessDenied");
  const issue = instance();
  for (const aheadMs of [300_000, 300_001, 304_999]) {
    clock.aheadMs = aheadMs;
    expect(await issue()).toMatchObject(misconfigured);
    expect(reads()).toBe(2);
  }
  clock.aheadMs = 305_000;
  expect(await issue()).toMatchObject(misconfigured);
  expect(reads()).toBe(3);
});

test("a secret is not spared for the refusals of another", async () => {
  const { clock, instance, putSecret, reads, refused } = await createRotation();
  await putSecret(key("OTHER"), "lake/other");
  clock.aheadMs = 300_000;
  for (const name of ["OLD", "OTHER"]) refused.set(name, "AccessDenied");
  await instance()();
  await instance({ secret: "lake/other" })();
  expect(reads()).toBe(4);
});

test.each(["AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch"])(
  "while STS answers %s to the new key, an instance without a key issues with the previous one, and meters it",
  async (code) => {
    const { asked, instance, previousUses, putSecret, refused } = await createRotation();
    const { issuedBy: byOld } = await instance()();
    await putSecret(newKey);
    refused.set("NEW", code);
    asked();
    const session = await instance()();
    expect(session).toMatchObject(issued);
    expect(asked()).toBe("NEW OLD");
    refused.clear();
    const { issuedBy: byNew } = await instance()();
    expect(session.issuedBy).toMatchObject({ key: byOld.key, insteadOf: byNew.key });
    expect(byNew).not.toHaveProperty("insteadOf");
    expect(previousUses()).toEqual([[{}, { PreviousKeyUsed: 1 }, { previousKey: { secret: lakeSecret } }]]);
  },
);

test("a burst asks STS with the previous key alone, and one caller in 5 s tries the new one", async () => {
  const { asked, clock, instance, putSecret, refused } = await createRotation();
  await putSecret(newKey);
  refused.set("NEW", "InvalidClientTokenId");
  const issue = instance();
  const three = () => Promise.all([issue(), issue(), issue()]);
  await issue();
  await three();
  expect(asked()).toBe("NEW OLD OLD OLD OLD");
  clock.aheadMs += 4_999;
  await three();
  expect(asked()).toBe("OLD OLD OLD");
  clock.aheadMs += 1;
  await three();
  expect(asked().split(" ").sort()).toEqual(["NEW", "OLD", "OLD", "OLD"]);
  refused.clear();
  clock.aheadMs += 5_000;
  expect((await issue()).issuedBy).not.toHaveProperty("insteadOf");
  await three();
  expect(asked()).toBe("NEW NEW NEW NEW");
});

test("a previous key that is refused meanwhile gives way to the new one", async () => {
  const { asked, instance, putSecret, refused } = await createRotation();
  await putSecret(newKey);
  refused.set("NEW", "AccessDenied");
  const issue = instance();
  await issue();
  refused.clear();
  refused.set("OLD", "AccessDenied");
  expect(await issue()).toMatchObject(issued);
  expect(asked()).toBe("NEW OLD OLD NEW");
});

test("five minutes after a change, the previous key is not used any more, nor read", async () => {
  const { asked, clock, instance, putSecret, reads, refused } = await createRotation();
  await putSecret(newKey);
  refused.set("NEW", "InvalidClientTokenId");
  const early = instance();
  clock.aheadMs = 299_999;
  expect(await early()).toMatchObject(issued);
  const before = reads();
  asked();
  clock.aheadMs = 300_000;
  expect(await early()).toMatchObject(misconfigured);
  expect(await instance()()).toMatchObject(misconfigured);
  expect(asked()).toBe("NEW NEW");
  // The late instance looked twice. The early one had just looked.
  expect(reads()).toBe(before + 2);
});

test.each(["AccessDenied", "InvalidClientTokenId"])(
  "if the previous key gets %s too, callers are to come back, and STS is asked with it once in 5 s",
  async (code) => {
    const { asked, clock, instance, previousUses, putSecret, refused } = await createRotation();
    await putSecret(newKey);
    for (const name of ["OLD", "NEW"]) refused.set(name, code);
    const issue = instance();
    const error = await issue();
    expect(error).toMatchObject(comeBack);
    expect(error.cause).toBe(
      `STS: ${code} 403; the key in the secret is new, and STS may not know it yet; it says: Not now.`,
    );
    expect(await issue()).toMatchObject(comeBack);
    expect(asked()).toBe("NEW OLD NEW");
    expect(previousUses()).toEqual([]);
    clock.aheadMs = 300_000;
    expect(await issue()).toMatchObject(misconfigured);
  },
);

test("a previous key that is throttled says nothing of keys", async () => {
  const { instance, putSecret, refused } = await createRotation();
  await putSecret(newKey);
  refused.set("NEW", "AccessDenied");
  refused.set("OLD", "Throttling");
  expect(await instance()()).toMatchObject({ code: "throttled" });
});

test.each([
  ["InvalidClientTokenId", comeBack],
  ["AccessDenied", misconfigured],
])("without a previous version, %s to a new key is told for what it is", async (code, outcome) => {
  const { asked, instance, putSecret, refused } = await createRotation();
  await putSecret(newKey, "lake/first");
  refused.set("NEW", code);
  expect(await instance({ secret: "lake/first" })()).toMatchObject(outcome);
  expect(asked()).toBe("NEW");
});

test("a previous version that holds no key is none", async () => {
  const { asked, instance, putSecret, refused } = await createRotation();
  await putSecret("");
  await putSecret(newKey);
  refused.set("NEW", "InvalidClientTokenId");
  expect(await instance()()).toMatchObject(comeBack);
  expect(asked()).toBe("NEW");
});

test("a revoked key, from which an operator took the label away, is not used", async () => {
  const { asked, instance, putSecret, refused, secrets } = await createRotation();
  const { VersionId } = await secrets().send(new GetSecretValueCommand({ SecretId: lakeSecret }));
  await putSecret(newKey);
  const revocation = { SecretId: lakeSecret, VersionStage: "AWSPREVIOUS", RemoveFromVersionId: VersionId };
  await secrets().send(new UpdateSecretVersionStageCommand(revocation));
  refused.set("NEW", "InvalidClientTokenId");
  expect(await instance()()).toMatchObject(comeBack);
  expect(asked()).toBe("NEW");
});

test("a previous key that this instance has seen refused as unknown is not used", async () => {
  const { asked, instance, putSecret, refused } = await createRotation();
  const issue = instance();
  await issue();
  await putSecret(newKey);
  for (const name of ["OLD", "NEW"]) refused.set(name, "InvalidClientTokenId");
  expect(await issue()).toMatchObject(comeBack);
  refused.delete("OLD");
  expect(await issue()).toMatchObject(comeBack);
  expect(asked()).toBe("OLD OLD NEW NEW");
});

test("a key that was not known at first, and worked later, can stand in for the next one", async () => {
  const { asked, clock, instance, putSecret, refused } = await createRotation();
  await putSecret(newKey);
  refused.set("NEW", "InvalidClientTokenId");
  const issue = instance();
  await issue();
  refused.clear();
  clock.aheadMs = 5_000;
  await issue();
  clock.aheadMs = 305_000;
  await putSecret(key("NEXT"));
  refused.set("NEXT", "InvalidClientTokenId");
  asked();
  expect(await issue()).toMatchObject(issued);
  expect(asked()).toBe("NEXT NEW");
});

test("while Secrets Manager does not give the previous version, callers are to come back", async () => {
  const { clock, instance, putSecret, refused, secretsServer } = await createRotation();
  await putSecret(newKey);
  refused.set("NEW", "InvalidClientTokenId");
  const issue = instance();
  await issue();
  secretsServer.trouble.fault = "throttled";
  clock.aheadMs = 5_000;
  expect(await issue()).toMatchObject(comeBack);
});

test("a key that has worked is not stood in for: it was changed at the store, or something else is denied", async () => {
  const { asked, instance, putSecret, refused, previousUses } = await createRotation();
  await putSecret(newKey);
  const issue = instance();
  expect(await issue()).toMatchObject(issued);
  refused.set("NEW", "AccessDenied");
  expect(await issue()).toMatchObject(comeBack);
  // The store has changed the key's secret part, and Secrets Manager will have it soon.
  refused.set("NEW", "SignatureDoesNotMatch");
  expect(await issue()).toMatchObject(comeBack);
  expect(asked()).not.toContain("OLD");
  expect(previousUses()).toEqual([]);
});

test("a key that has worked for another instance is not stood in for either", async () => {
  const { asked, own, putSecret, refused, stsUrl } = await createRotation();
  await putSecret(newKey);
  const { fingerprint: key, readAt } = await createLongTermKeys(own).current(
    lakeSecret,
    new AbortController().signal,
    { notOlderThanMs: 0 },
  );
  refused.set("NEW", "AccessDenied");
  const request = sampleRequest(sampleStorage("session-token", { stsEndpoint: stsUrl }));
  const newestKey = { key, readAt, isProven: true };
  await expect(createIssue(own)(request, { newestKey })).rejects.toMatchObject(comeBack);
  expect(asked()).not.toContain("OLD");
});

test("static hands out the current key, although another storage of the secret goes by the previous one", async () => {
  const { own, putSecret, refused, stsUrl } = await createRotation();
  await putSecret(newKey);
  refused.set("NEW", "InvalidClientTokenId");
  const issue = createIssue(own);
  const bySts = await issue(sampleRequest(sampleStorage("session-token", { stsEndpoint: stsUrl })));
  expect(bySts.issuedBy).toHaveProperty("insteadOf");
  const { accessKeyId } = await issue(sampleRequest(sampleStorage("static")));
  expect(accessKeyId).toBe(newKey.accessKeyId);
});

test("static never hands out a previous key", async () => {
  const { asked, instance, putSecret, reads } = await createRotation();
  await putSecret(newKey);
  const issue = instance(sampleStorage("static"));
  expect(await issue()).toMatchObject({ accessKeyId: newKey.accessKeyId });
  await putSecret("withdrawn");
  expect(await instance(sampleStorage("static"))()).toMatchObject(misconfigured);
  expect([asked(), reads()]).toEqual(["", 2]);
});

test("a version that seems to come from a far future has no previous one", async () => {
  const { asked, clock, instance, putSecret, refused } = await createRotation();
  clock.aheadMs = 300_000;
  await putSecret(newKey);
  clock.aheadMs = 0;
  refused.set("NEW", "InvalidClientTokenId");
  expect(await instance()()).toMatchObject(misconfigured);
  expect(asked()).toBe("NEW");
});
