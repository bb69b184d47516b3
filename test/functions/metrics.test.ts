import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Datum, dataOf } from "../aws/emf.ts";
import { lambdaContext } from "./context.ts";
import { startDeployment, type TestDeployment, unspeakable } from "./deployment.ts";
import { httpEvent } from "./http-event.ts";

const stack = "keyvend-test";
const context = lambdaContext("request-1", 60_000);

let deployment: TestDeployment;
let vend: (storage: string, authorization?: string) => Promise<void>;
let token: string;

beforeAll(async () => {
  deployment = await startDeployment();
  token = await deployment.issuer.token();
  const handler = await deployment.coldStart("vend");
  vend = async (storage, authorization = token) => {
    await handler(httpEvent({ authorization, storage }), context);
  };
});
afterAll(() => deployment?.close());

/** The metrics that CloudWatch makes of the log of a step, each with its one dimension besides the deployment. */
async function meteredBy(step: () => Promise<unknown>): Promise<string[]> {
  deployment.log.length = 0;
  await step();
  for (const secret of [token, ...unspeakable]) expect(deployment.log.join("\n")).not.toContain(secret);
  return deployment.log.flatMap((line) => dataOf(`${line}\n`)).flatMap(named);
}

function named({ metric, value, unit, dimensions }: Datum): string[] {
  const { stack: of, ...by } = dimensions;
  expect(of).toBe(stack);
  const measure = unit === "Count" ? `${value}` : unit;
  return Object.entries(by).map(([dimension, is]) => `${metric} of ${dimension} ${is}: ${measure}`);
}

test("a miss counts as one vend, and as one call to STS by the storage's way", async () => {
  expect((await meteredBy(() => vend("lake"))).sort()).toEqual([
    "StsCalls of way session-token: 1",
    "StsFailures of way session-token: 0",
    "StsLatency of way session-token: Milliseconds",
    "Vends of cache issued: 1",
  ]);
});

test("a hit counts as one vend and nothing else", async () => {
  await vend("lake");
  expect(await meteredBy(() => vend("lake"))).toEqual(["Vends of cache memory: 1"]);
});

test("a denial is counted by its code, also if the caller is unknown", async () => {
  expect(await meteredBy(() => vend("ungranted"))).toEqual(["Denials of code no_grant: 1"]);
  expect(await meteredBy(() => vend("lake", "nobody"))).toEqual(["Denials of code unauthenticated: 1"]);
});

test("in a flood of unknown callers few lines stand for all, and none for a caller that is known", async () => {
  // In one moment, however slow the machine is.
  const moment = vi.spyOn(Date, "now").mockReturnValue(Date.now());
  const flooded = await deployment.coldStart("vend");
  const send = (storage: string, authorization: string) =>
    flooded(httpEvent({ authorization, storage }), context);
  const lines = async (step: () => Promise<unknown>) => {
    deployment.log.length = 0;
    await step();
    return deployment.log.map((line) => JSON.parse(line));
  };
  const flood = async (times: number) => {
    for (let time = 0; time < times; time++) expect((await send("lake", "nobody")).statusCode).toBe(401);
  };

  const ofFlood = await lines(() => flood(320));
  expect(ofFlood.length).toBeLessThan(320);
  expect(ofFlood.every(({ code }) => code === "unauthenticated")).toBe(true);
  expect(ofFlood.every(({ audit }) => audit.sourceIp === "192.0.2.1")).toBe(true);
  const counted = ofFlood.reduce((sum, { Denials }) => sum + Denials, 0);
  expect(counted).toBeGreaterThanOrEqual(320 - 99);
  expect(counted).toBeLessThanOrEqual(320);
  expect(counted - ofFlood.length).toBe(ofFlood.reduce((sum, { audit }) => sum + (audit.leftOut ?? 0), 0));

  const ofKnown = await lines(async () => {
    for (let time = 0; time < 60; time++) await send("ungranted", token);
  });
  expect(ofKnown.filter(({ code }) => code === "no_grant")).toHaveLength(60);
  expect(ofKnown.some(({ audit }) => "leftOut" in audit && audit.code === "no_grant")).toBe(false);
  moment.mockRestore();
});

test("a refusal by STS counts as a failed call and as a denial", async () => {
  expect(await meteredBy(() => vend("wrong"))).toEqual(
    expect.arrayContaining([
      "StsFailures of way session-token: 1",
      "Denials of code storage_misconfigured: 1",
    ]),
  );
});

test("an entry that none of our keys has sealed is counted, and another session is issued", async () => {
  const other = await deployment.coldStart("vend", { SEALING_SECRET: "sealing-forged" });
  deployment.log.length = 0;
  const { statusCode } = await other(httpEvent({ authorization: token, storage: "lake" }), context);
  expect(statusCode).toBe(200);
  const data = deployment.log.flatMap((line) => dataOf(`${line}\n`));
  expect(data).toContainEqual({ metric: "TamperedEntries", unit: "Count", value: 1, dimensions: { stack } });
  expect(data).toContainEqual(
    expect.objectContaining({ metric: "Vends", dimensions: { stack, cache: "issued" } }),
  );
});

test("a run of the warmer is metered even if it had nothing to do", async () => {
  const warm = await deployment.coldStart("warm");
  deployment.log.length = 0;
  await warm({}, context);
  const data = deployment.log.flatMap((line) => dataOf(`${line}\n`));
  const counted = data
    .map(({ metric, value, dimensions }) => [metric, value, dimensions])
    // Some secrets of this deployment hold no key, and an instance with another sealing key was here.
    .filter(([metric]) => metric !== "AbsorbedFaults" && metric !== "TamperedEntries");
  expect(counted).toEqual([
    ["WarmRuns", 1, { stack }],
    ...["WarmDue", "WarmIssued", "WarmDropped", "WarmLeft"].map((metric) => [metric, 0, { stack }]),
  ]);
});
