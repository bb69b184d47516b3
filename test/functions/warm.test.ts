import type { Context } from "aws-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Deployment, startDeployment, unspeakable } from "./deployment.ts";
import { httpEvent } from "./http-event.ts";

/** What EventBridge sends on schedule. */
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
const nothing = { issued: 0, dropped: 0, passed: 0, failed: 0, left: 0 };

let deployment: Deployment;
let vend: (storage: string) => Promise<{ Expiration: string; AccessKeyId: string }>;
let warm: (event: unknown, remainingMs?: number) => Promise<unknown>;

function contextOf(remainingMs: number) {
  return { awsRequestId: "request-1", getRemainingTimeInMillis: () => remainingMs } as Context;
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
  // Issued, and then used: that is what is warmed.
  await vend("lake");
  await vend("lake");
});
afterAll(() => deployment?.close());

const issues = () => deployment.sts.calls("GetSessionToken");

test("the schedule's own event warms what is due, and that is nothing yet", async () => {
  const before = issues();
  expect(await warm(scheduled)).toEqual(nothing);
  expect(issues()).toBe(before);
});

test.each<[string, unknown]>([
  ["negative", { aheadSeconds: -1 }],
  ["a text", { aheadSeconds: "3600" }],
  ["huge", { aheadSeconds: 129_601 }],
  ["beyond all numbers", { aheadSeconds: 1e308 }],
  ["a fraction", { aheadSeconds: 0.5 }],
  ["null", { aheadSeconds: null }],
  ["a list", { aheadSeconds: [3_600] }],
])("an aheadSeconds that is %s is refused by name, and nothing is warmed", async (_, event) => {
  const before = issues();
  deployment.log.length = 0;
  await expect(warm({ ...scheduled, ...(event as object) })).rejects.toThrow(
    "aheadSeconds must be whole seconds from 0 to 129600",
  );
  expect(issues()).toBe(before);
  expect(deployment.log).toEqual([]);
});

test("without time to end by itself it leaves everything as it is", async () => {
  const before = issues();
  expect(await warm({ aheadSeconds: 3_600 }, 10_000)).toEqual({ ...nothing, left: 1 });
  expect(issues()).toBe(before);
});

test("ahead of need it issues what is in use, tells so, and says nothing that opens anything", async () => {
  const kept = await vend("lake");
  const before = issues();
  deployment.log.length = 0;
  expect(await warm({ aheadSeconds: 3_600 })).toEqual({ ...nothing, issued: 1 });
  expect(issues()).toBe(before + 1);
  const [record = "", report = "", ...more] = deployment.log;
  expect(JSON.parse(record).audit).toMatchObject({
    decision: "warmed",
    requestId: "request-1",
    principal: "alice",
    storage: "lake",
    accessKeyId: expect.stringMatching(/^ASIA/),
  });
  expect(JSON.parse(record).audit.accessKeyId).not.toBe(kept.AccessKeyId);
  expect(JSON.parse(report)).toEqual({ warm: { ...nothing, issued: 1 } });
  expect(more).toEqual([]);
  for (const secret of unspeakable) expect(record).not.toContain(secret);
  expect(record).not.toMatch(/secretAccessKey|sessionToken/);
});

test("what was warmed is not in use until somebody asks again", async () => {
  expect(await warm({ aheadSeconds: 129_600 })).toEqual(nothing);
});
