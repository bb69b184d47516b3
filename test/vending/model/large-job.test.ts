import { describe, expect, test } from "vitest";
import type { Ask } from "../../../shared/core/ask.ts";
import { issueRefusal } from "../../../shared/core/issue-refusal.ts";
import type { Principal } from "../../../shared/core/principal.ts";
import { grantTerms } from "../../../shared/core/sts-rules.ts";
import { createVend } from "../../../shared/vending/vend.ts";
import { configOf, sampleGrant, sampleStorage } from "../samples.ts";
import { virtualClock } from "../virtual-clock.ts";
import { seededRandom } from "./seeded-random.ts";
import { createVirtualFleet, type StsWay } from "./virtual-fleet.ts";

// A job whose workers assume a role for each table that they touch, with the policy that a catalog makes for it.

const workers = 50;
const requests = 12_281;
const tables = 300;
/** AWS's quota, which the whole account shares. */
const stsPerSecond = 600;
const instances = 20;

const storage = sampleStorage("assume-role");
const catalog: Principal = {
  issuer: "client-key",
  subject: "catalog",
  claims: {},
  kind: "client-key",
  tokenHash: "00112233445566778899aabbccddeeff",
};
const grant = sampleGrant({ issuer: ["client-key"], subject: ["catalog"], claims: {}, prefix: "wh/" });
const config = configOf([storage], [grant]);

/** As Lakekeeper writes it, but for the order, which a set may change at each request. */
function policyFor(table: number, isTurned: boolean): string {
  const folder = `wh/db/t${table}/*`;
  const statements = [
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
      Resource: `arn:aws:s3:::lake/${folder}`,
    },
    {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: "arn:aws:s3:::lake",
      Condition: { StringLike: { "s3:prefix": folder } },
    },
  ];
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: isTurned ? statements.toReversed() : statements,
  });
}

function createJob() {
  const clock = virtualClock();
  const random = seededRandom(12_281);
  const conditions = { isAway: false };
  const calls: number[] = [];
  const sts = (): StsWay => {
    const now = clock.now();
    calls.push(now);
    if (conditions.isAway) return { takesMs: 20, refusal: issueRefusal("unavailable", storage.name) };
    const lately = calls.filter((at) => at > now - 1_000).length;
    return lately > stsPerSecond
      ? { takesMs: 20, refusal: issueRefusal("throttled", storage.name) }
      : { takesMs: 100 + 200 * random() };
  };
  const weather = { table: () => ({ thereMs: 1 + 2 * random(), backMs: 1 + 2 * random() }), sts };
  const { instance } = createVirtualFleet({ clock, weather });
  const vends = Array.from({ length: instances }, () => {
    const { obtain, issue, revocations, clock: own } = instance();
    return createVend({
      ...{ config, obtain, issue, revocations },
      ...{ audit: { record: () => {} }, clock: own, grantTerms },
    });
  });

  async function ask(table: number): Promise<{ keyId?: string; leftMs?: number; error?: unknown }> {
    const vend = vends[Math.floor(random() * vends.length)] as (typeof vends)[number];
    const request: Ask = {
      storage: storage.name,
      durationSeconds: 3_600,
      sts: { policy: policyFor(table, random() < 0.5) },
    };
    const caller = {
      principal: catalog,
      sourceIp: undefined,
      answerBy: clock.now() + 9_000,
      patienceMs: 5_000,
      requestId: "job",
    };
    try {
      const { AccessKeyId, Expiration } = await vend(request, caller);
      return { keyId: AccessKeyId, leftMs: Date.parse(Expiration) - clock.now() };
    } catch (error) {
      return { error };
    }
  }

  /** All workers go through the tables, each in an order of its own. */
  async function run(count = requests) {
    let left = count;
    const working = Array.from({ length: workers }, async (_, worker) => {
      const answers: Awaited<ReturnType<typeof ask>>[] = [];
      for (let step = 0; left > 0; step++) {
        left--;
        // 7 has no factor in common with the number of tables.
        answers.push(await ask((worker * 11 + step * 7) % tables));
        await clock.sleep(20 * random());
      }
      return answers;
    });
    return (await clock.run(Promise.all(working))).flat();
  }

  return { clock, calls, conditions, run };
}

describe("a large job: 50 workers, 12,281 requests for 300 tables", () => {
  test("asks STS once for each table, within its quota, and once each was issued it goes on without STS", async () => {
    const { clock, calls, conditions, run } = createJob();
    const answers = await run();
    expect(answers).toHaveLength(requests);
    expect(answers.filter(({ error }) => error)).toEqual([]);
    expect(new Set(answers.map(({ keyId }) => keyId)).size).toBe(tables);
    expect(calls).toHaveLength(tables);
    // This clock has parts of a millisecond, and an answer has none.
    expect(Math.min(...answers.map(({ leftMs = 0 }) => leftMs))).toBeGreaterThan(3_600_000 - 1);

    conditions.isAway = true;
    await clock.advance(10 * 60_000);
    const without = await run(2_000);
    expect(without.filter(({ error }) => error)).toEqual([]);
    expect(calls).toHaveLength(tables);
  });
});
