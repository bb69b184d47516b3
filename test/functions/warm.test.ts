import { afterAll, beforeAll, expect, test } from "vitest";
import { dynamodbCall } from "../../infra/local/dynamodb-call.ts";
import { createPauseTable } from "../../shared/aws/pause-table.ts";
import { createRateTable } from "../../shared/aws/rate-table.ts";
import { serve } from "../aws/fake-service.ts";
import { lambdaContext } from "./context.ts";
import { startDeployment, type TestDeployment, unspeakable } from "./deployment.ts";
import { httpEvent } from "./http-event.ts";

/** The event that EventBridge sends on schedule. */
const scheduled = {
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2026-11-22T15:00:00Z",
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:123456789012:rule/keyvend-warm"],
  detail: {},
};
const nothing = { due: 0, issued: 0, dropped: 0, passed: 0, failed: {}, left: 0 };

let deployment: TestDeployment;
let vend: (storage: string) => Promise<{ Expiration: string; AccessKeyId: string }>;
let warm: (event: unknown, remainingMs?: number) => Promise<unknown>;

function contextOf(remainingMs: number) {
  return lambdaContext("request-1", remainingMs);
}

beforeAll(async () => {
  deployment = await startDeployment();
  const vendHandler = await deployment.coldStart("vend");
  const authorization = await deployment.issuer.token();
  vend = async (storage) => {
    const answer = await vendHandler(httpEvent({ authorization, storage }), contextOf(10_000));
    return JSON.parse(answer.body ?? "");
  };
  const warmHandler = await deployment.coldStart("warm");
  warm = (event, remainingMs = 60_000) => warmHandler(event, contextOf(remainingMs));
  // The warmer warms only entries that were used after they were issued.
  await vend("lake");
  await vend("lake");
});
afterAll(() => deployment?.close());

const issues = () => deployment.sts.calls("GetSessionToken");

test("the schedule's own event warms the due entries, and none is due yet", async () => {
  const before = issues();
  expect(await warm(scheduled)).toEqual(nothing);
  expect(issues()).toBe(before);
});

const ahead = "aheadSeconds must be whole seconds from 0 to 129600";
const key = "entry.key must be an entry's key: 64 of 0-9 and a-f";
const generation = 7;
const aKey = "0123456789abcdef".repeat(4);

test.each<[string, unknown, string]>([
  ["an aheadSeconds that is negative", { aheadSeconds: -1 }, ahead],
  ["an aheadSeconds that is a text", { aheadSeconds: "3600" }, ahead],
  ["an aheadSeconds that is huge", { aheadSeconds: 129_601 }, ahead],
  ["an aheadSeconds that is beyond all numbers", { aheadSeconds: 1e308 }, ahead],
  ["an aheadSeconds that is a fraction", { aheadSeconds: 0.5 }, ahead],
  ["an aheadSeconds that is null", { aheadSeconds: null }, ahead],
  ["an aheadSeconds that is a list", { aheadSeconds: [3_600] }, ahead],
  ["an entry that is empty", { entry: { key: "", generation } }, key],
  ["an entry that is too short", { entry: { key: aKey.slice(1), generation } }, key],
  ["an entry that is too long", { entry: { key: `${aKey}0`, generation } }, key],
  ["an entry in capitals", { entry: { key: aKey.toUpperCase(), generation } }, key],
  ["an entry with a line behind it", { entry: { key: `${aKey}\n`, generation } }, key],
  ["an entry that is a row of another kind", { entry: { key: "sts-budget", generation } }, key],
  ["an entry that is null", { entry: null }, "entry"],
  ["an entry that is a list", { entry: [aKey] }, "entry"],
  ["an entry without its generation", { entry: { key: aKey } }, "entry.generation must be a whole number"],
  [
    "both at once",
    { aheadSeconds: 0, entry: { key: aKey, generation } },
    "names one of aheadSeconds and entry",
  ],
])("%s is refused by name, and nothing is warmed", async (_, event, message) => {
  const before = issues();
  deployment.log.length = 0;
  await expect(warm({ ...scheduled, ...(event as object) })).rejects.toThrow(message);
  expect(issues()).toBe(before);
  expect(deployment.log).toEqual([]);
});

test("an entry that does not exist, or that is not due, is passed over", async () => {
  const before = issues();
  expect(await warm({ entry: { key: aKey, generation } })).toEqual({ ...nothing, due: 1, passed: 1 });
  expect(issues()).toBe(before);
});

test("one entry that a caller asks for counts as no run, so that it cannot hide that the schedule has stopped", async () => {
  deployment.log.length = 0;
  await warm({ entry: { key: aKey, generation } });
  expect(deployment.log.map((line) => JSON.parse(line))).toMatchObject([{ WarmRuns: 0, WarmDue: 1 }]);
});

test("without enough time to end by itself the warmer leaves everything as it is", async () => {
  const before = issues();
  expect(await warm({ aheadSeconds: 3_600 }, 21_000)).toEqual({ ...nothing, due: 1, left: 1 });
  expect(issues()).toBe(before);
});

test("a failure is reported, and metered by its code", async () => {
  deployment.sts.trouble.fault = "unavailable";
  deployment.log.length = 0;
  const failed = { unavailable: 1 };
  expect(await warm({ aheadSeconds: 3_600 }, 22_500)).toEqual({ ...nothing, due: 1, failed });
  deployment.sts.trouble.fault = undefined;
  const lines = deployment.log.map((line) => JSON.parse(line));
  expect(lines.at(-2)).toMatchObject({ warm: { failed }, WarmDue: 1, WarmIssued: 0 });
  expect(lines.at(-1)).toMatchObject({ code: "unavailable", WarmFailed: 1 });
  // The tests after this one do not wait for the storage's pause.
  const { pauseOf, setPause } = createPauseTable(
    dynamodbCall(process.env["AWS_ENDPOINT_URL_DYNAMODB"] ?? ""),
    process.env["VENDING_TABLE"] ?? "",
  );
  expect(await setPause("lake", await pauseOf("lake"), undefined)).toBe(true);
});

test("one entry that gets no slot within a second is left, because it takes up an instance while it waits", async () => {
  const call = dynamodbCall(process.env["AWS_ENDPOINT_URL_DYNAMODB"] ?? "");
  const TableName = process.env["VENDING_TABLE"] ?? "";
  type Used = { Items: [{ key: { S: string }; generation: { N: string }; dueAt: { N: string } }] };
  const FilterExpression = "attribute_exists(dueAt)";
  const [{ key, generation, dueAt }] = (await call<Used>("Scan", { TableName, FilterExpression })).Items;
  const setDueAt = (to: { N: string }) =>
    call("UpdateItem", {
      TableName,
      Key: { key },
      UpdateExpression: "SET dueAt = :to",
      ExpressionAttributeValues: { ":to": to },
    });
  const before = issues();
  await setDueAt({ N: "1" });
  const slot = Date.now() + 1_500;
  await createRateTable(call, TableName).reserve(1, 1, slot, slot + 1);
  const entry = { key: key.S, generation: Number(generation.N) };
  // This instance has no slots left from the test before.
  const warmHandler = await deployment.coldStart("warm");
  expect(await warmHandler({ entry }, contextOf(60_000))).toEqual({ ...nothing, due: 1, left: 1 });
  expect(issues()).toBe(before);
  await setDueAt(dueAt);
});

test("ahead of need the warmer issues anew what is in use and reports it, and its log holds no secret", async () => {
  const cached = await vend("lake");
  const before = issues();
  deployment.log.length = 0;
  expect(await warm({ aheadSeconds: 3_600 })).toEqual({ ...nothing, due: 1, issued: 1 });
  expect(issues()).toBe(before + 1);
  const lines = deployment.log.map((line) => JSON.parse(line));
  // Each run reads all keys, and some secrets of this deployment hold none.
  const [sts, record, report, ...more] = lines.filter(({ absorbed }) => !absorbed);
  expect(lines.filter(({ absorbed }) => absorbed).map(({ part }) => part)).toEqual(Array(3).fill("secret"));
  expect(sts).toMatchObject({ StsCalls: 1 });
  expect(record.audit).toMatchObject({
    decision: "warmed",
    requestId: "request-1",
    principal: "alice",
    storage: "lake",
    accessKeyId: expect.stringMatching(/^ASIA/),
  });
  expect(record.audit.accessKeyId).not.toBe(cached.AccessKeyId);
  expect(report).toMatchObject({
    warm: { ...nothing, due: 1, issued: 1 },
    ...{ WarmDue: 1, WarmIssued: 1, WarmDropped: 0, WarmLeft: 0 },
  });
  expect(more).toEqual([]);
  const all = deployment.log.join();
  for (const secret of unspeakable) expect(all).not.toContain(secret);
  expect(JSON.stringify([sts, record, report])).not.toMatch(/secretAccessKey|sessionToken/);
});

test("a warmed entry is not in use until a caller asks for it again", async () => {
  expect(await warm({ aheadSeconds: 129_600 })).toEqual(nothing);
});

test("the warmer waits 2 s for a table that does not answer: claim, issue and keep have 21 s together", async () => {
  const AWS_ENDPOINT_URL_DYNAMODB = await serve(() => {});
  const warmHandler = await deployment.coldStart("warm", { AWS_ENDPOINT_URL_DYNAMODB });
  const began = Date.now();
  await expect(warmHandler(scheduled, contextOf(60_000))).rejects.toThrow("Nothing can be vended right now.");
  // It looks three times for what is revoked. Beside that the key of each storage is looked up and noted.
  expect(Date.now() - began).toBeLessThan(7_500);
});
