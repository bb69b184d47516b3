/** An STS on the wire that takes longer than a caller's deadline, which is short here. */

import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { DeadlinePassed } from "../../shared/core/issue-refusal.ts";
import type { AbsorbedPart, Entry } from "../../shared/vending/ports.ts";
import type { ClaimedEntry } from "../../shared/vending/warm/warm.ts";
import { serve } from "../aws/fake-service.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "./samples.ts";
import { entryRows } from "./simulated-fleet.ts";
import { createService } from "./vending-service.ts";

const deadlineMs = 300;
const stsMs = 900;
const ask = { storage: "lake" };
const token = "eyJhbGciOiJSUzI1NiJ9.the-callers-own-token.signature";

async function createSts(takesMs: number) {
  const calls: string[] = [];
  const url = await serve(async (request, response) => {
    const body = new URLSearchParams(await text(request));
    const action = body.get("Action") ?? "";
    calls.push(action);
    await sleep(takesMs);
    const expiration = new Date(Date.now() + Number(body.get("DurationSeconds")) * 1_000).toISOString();
    response.end(
      `<${action}Response><${action}Result><Credentials><AccessKeyId>ASIA${calls.length}</AccessKeyId>` +
        "<SecretAccessKey>issued-secret</SecretAccessKey><SessionToken>issued-token</SessionToken>" +
        `<Expiration>${expiration}</Expiration></Credentials></${action}Result></${action}Response>`,
    );
  });
  return { url, calls };
}

async function createSlowService(way: "assume-role" | "web-identity", takesMs = stsMs) {
  const sts = await createSts(takesMs);
  const service = await createService(() => [sampleStorage(way, { stsEndpoint: sts.url })], [sampleGrant()]);
  const events: ClaimedEntry[] = [];
  const absorbed: AbsorbedPart[] = [];
  const patient = createIssue({ ...service.aws.own, timeoutMs: 10_000 });
  const hasty = createIssue({ ...service.aws.own, timeoutMs: deadlineMs });
  return {
    ...service,
    sts,
    events,
    absorbed,
    patient,
    /** An instance of vend. */
    caller: (change: Parameters<typeof service.instance>[0] = {}) =>
      service.instance({
        issue: hasty,
        askWarmer: async (key, generation) => void events.push({ key, generation }),
        absorb: (part) => void absorbed.push(part),
        ...change,
      }),
    async entry(): Promise<Entry | undefined> {
      const [row] = await entryRows(service.dynamodb);
      return row && service.table.get(row.key.S);
    },
  };
}

test("what a caller cannot wait for, the warmer issues: the next request finds it", async () => {
  const service = await createSlowService("assume-role");
  const { caller, instance, events, records, patient, sts, entry } = service;
  const refusal = await caller()
    .vend(ask)
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DeadlinePassed);
  expect(refusal).toMatchObject({ code: "unavailable", retryAfterSeconds: 8 });
  expect(records).toMatchObject([
    {
      decision: "refused",
      reason: `Storage lake cannot issue credentials right now. (keyvend's own deadline passed while it waited for STS (${deadlineMs} ms); the warmer issues)`,
    },
  ]);
  const left = await entry();
  expect(events).toEqual([{ key: left?.key, generation: left?.generation }]);
  expect(left).toMatchObject({ claimMs: 20_000, handedOver: expect.any(String) });
  expect(JSON.stringify(left)).not.toMatch(/alice|data-platform|corp/);

  const report = await instance({ issue: patient }).warmOne(events[0] as ClaimedEntry);
  expect(report).toMatchObject({ due: 1, issued: 1 });
  expect(await entry()).not.toHaveProperty("handedOver");
  expect(await caller().vend(ask)).toMatchObject({ AccessKeyId: "ASIA2" });
  expect(records.at(-1)).toMatchObject({ decision: "vended", cache: "table" });
  expect(sts.calls).toEqual(["AssumeRole", "AssumeRole"]);
  // An event that comes again finds nothing to do.
  expect(await instance({ issue: patient }).warmOne(events[0] as ClaimedEntry)).toMatchObject({ passed: 1 });
});

test("the warmer decides again: a grant that was taken away meanwhile issues nothing", async () => {
  const { caller, instance, config, events, records, patient, sts } = await createSlowService("assume-role");
  await expect(caller().vend(ask)).rejects.toThrow();
  const withdrawn = configOf([...config.storages.values()], []);
  const report = await instance({ issue: patient, config: withdrawn }).warmOne(events[0] as ClaimedEntry);
  expect(report).toMatchObject({ dropped: 1, issued: 0 });
  expect(records.at(-1)).toMatchObject({ decision: "dropped", code: "no_grant" });
  expect(sts.calls.length).toBeLessThanOrEqual(1);
});

test("a warrant that was moved from another entry, or kept from an earlier claim, does not open", async () => {
  const { caller, instance, events, patient, sts, table, entry, clock } =
    await createSlowService("assume-role");
  await expect(caller().vend(ask)).rejects.toThrow();
  const left = (await entry()) as Entry;
  const generation = (await table.claim(left.key, left, clock.now(), 1_000)) ?? 0;
  const warrant = left.handedOver ?? "";
  await table.handOver({ key: left.key, generation, warrant, now: clock.now(), claimMs: 20_000 });
  const report = await instance({ issue: patient }).warmOne({ key: left.key, generation });
  expect(report).toMatchObject({ failed: { internal: 1 } });
  expect(sts.calls.length).toBeLessThanOrEqual(1);
  expect(events).toHaveLength(1);
  // The claim is ended, so that the next caller need not wait for its end.
  expect(await entry()).not.toHaveProperty("claimedUntil");
});

test("where the warmer cannot be invoked, the claim ends, its caller comes back soon, and the operator is told", async () => {
  const { caller, absorbed, entry } = await createSlowService("assume-role");
  const askWarmer = async () => {
    throw Object.assign(new Error("Invoke: AccessDenied"), { status: 403 });
  };
  await expect(caller({ askWarmer }).vend(ask)).rejects.toMatchObject({ retryAfterSeconds: 2 });
  expect(absorbed).toEqual(["warmer"]);
  expect(await entry()).toMatchObject({ failure: { code: "unavailable" } });
  expect(await entry()).not.toHaveProperty("claimedUntil");
});

test("a web-identity request is held until STS answers, and its session is kept before it is answered", async () => {
  const { caller, entry, events, records, sts } = await createSlowService("web-identity");
  expect(await caller().vend(ask, alice, token)).toMatchObject({ AccessKeyId: "ASIA1" });
  const kept = await entry();
  expect(kept).toMatchObject({ sealed: expect.any(String) });
  expect(kept).not.toHaveProperty("claimedUntil");
  expect(JSON.stringify(kept)).not.toContain("callers-own-token");
  expect(await caller().vend(ask, alice, token)).toMatchObject({ AccessKeyId: "ASIA1" });
  expect(records).toMatchObject([{ cache: "issued" }, { cache: "table" }]);
  expect(sts.calls).toEqual(["AssumeRoleWithWebIdentity"]);
  expect(events).toEqual([]);
});

test("a web-identity request is held no longer than its door waits, and leaves nothing to the warmer", async () => {
  const { caller, entry, events } = await createSlowService("web-identity", 60_000);
  const vending = caller().vend(ask, alice, token, 1_000);
  await expect(vending).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 2 });
  expect(events).toEqual([]);
  expect(await entry()).not.toHaveProperty("handedOver");
});

test("a second request with the same token is told to come back, and does not ask STS while the first one is held", async () => {
  const { caller, clock, sts } = await createSlowService("web-identity", 1_000);
  const first = caller().vend(ask, alice, token);
  await expect.poll(() => sts.calls.length).toBe(1);
  // In this world a sleep takes no time, so the second caller's patience ends by the clock.
  const second = caller().vend(ask, alice, token);
  await sleep(100);
  clock.advance(2_000);
  await expect(second).rejects.toMatchObject({ code: "unavailable" });
  expect(await first).toMatchObject({ AccessKeyId: "ASIA1" });
  expect(sts.calls).toHaveLength(1);
});
