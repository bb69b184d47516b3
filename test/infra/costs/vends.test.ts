/** What an answer needs, counted: units of the table, lines of the logs, bytes of the answer. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, needs } from "../../../infra/costs/vends.ts";
import type { JsonCall } from "../../../shared/aws/call.ts";
import { lambdaContext } from "../../functions/context.ts";
import { startDeployment, type TestDeployment } from "../../functions/deployment.ts";
import { httpEvent } from "../../functions/http-event.ts";
import { sampleGrant, sampleStorage } from "../../vending/samples.ts";
import { createTable, tableName } from "../../vending/simulated-fleet.ts";
import { createService } from "../../vending/vending-service.ts";
import { accessLine } from "../access-log.ts";

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.close());

/** A figure is no less than what was counted, and not twice as much: what AWS adds of its own is in it. */
function expectFigure(stated: number, counted: number): void {
  expect(stated).toBeGreaterThanOrEqual(counted);
  expect(stated).toBeLessThanOrEqual(2 * counted);
}

test("the units of the table are those that its calls consume", async () => {
  const { call, instance } = await createService(
    (stsEndpoint) => [sampleStorage("assume-role", { stsEndpoint })],
    [sampleGrant()],
  );
  let [reads, writes] = [0, 0];
  const counting: JsonCall = async <Output>(action: string, input: object) => {
    const output = await call<Output & { ConsumedCapacity: { CapacityUnits: number } }>(action, {
      ...input,
      ReturnConsumedCapacity: "TOTAL",
    });
    if (action === "GetItem") reads += output.ConsumedCapacity.CapacityUnits;
    else writes += output.ConsumedCapacity.CapacityUnits;
    return output;
  };
  const fresh = () => instance({ table: createTable(counting, tableName) });
  const unitsOf = async (vends: (() => Promise<unknown>)[]) => {
    [reads, writes] = [0, 0];
    for (const vend of vends) await vend();
    return [reads, writes] as const;
  };
  const remembering = fresh();
  const ask = { storage: "lake" };

  // The mark of the first use is a part of what an issue costs; the read that comes with it is the next answer's.
  const [issueReads, issueWrites] = await unitsOf([() => fresh().vend(ask), () => remembering.vend(ask)]);
  const [tableReads, tableWrites] = await unitsOf([() => fresh().vend(ask)]);
  expectFigure(needs["from the table"].readUnits, tableReads);
  expect([needs["from the table"].writeUnits, tableWrites]).toEqual([0, 0]);
  expectFigure(needs.issued.readUnits, issueReads - tableReads);
  expectFigure(needs.issued.writeUnits, issueWrites);
  expect(await unitsOf([() => remembering.vend(ask)])).toEqual([0, 0]);
});

test("the bytes of logs and answers are those of real lines and answers", async () => {
  const token = await deployment.issuer.token({ sub: "system:serviceaccount:team-data:nightly-orders" });
  const event = httpEvent({ authorization: token, storage: "lake" });
  const accessBytes = accessLine({
    requestTime: "27/Nov/2026:02:47:27 +0000",
    requestId: "JKJaXmPLvHcESHA=",
    "identity.sourceIp": "203.0.113.113",
    routeKey: event.routeKey,
    status: "200",
    responseLatency: "12",
    "integration.requestId": "11111111-2222-3333-4444-555555555555",
    "integration.integrationStatus": "200",
    "integration.latency": "10",
  }).length;
  const measured = async (vend: Awaited<ReturnType<typeof deployment.coldStart<"vend">>>) => {
    deployment.log.length = 0;
    const { headers = {}, body = "" } = await vend(event, lambdaContext("request"));
    return {
      log: accessBytes + deployment.log.join("\n").length,
      answer: JSON.stringify(headers).length + body.length,
    };
  };
  const vend = await deployment.coldStart("vend");
  const issued = await measured(vend);
  const fromTable = await measured(vend);
  const fromMemory = await measured(vend);
  const all: [Answer, { log: number; answer: number }][] = [
    ["issued", issued],
    ["from the table", fromTable],
    ["from memory", fromMemory],
  ];
  for (const [name, { log, answer }] of all) {
    expectFigure(needs[name].logBytes, log);
    expectFigure(needs[name].answerBytes, answer);
  }
});
