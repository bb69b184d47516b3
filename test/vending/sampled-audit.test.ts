import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { createSampledAudit } from "../../shared/vending/sampled-audit.ts";
import { virtualClock } from "./virtual-clock.ts";

/** A sampled trail, and the lines that it kept. */
function startSample() {
  const clock = virtualClock();
  const kept: AuditRecord[] = [];
  const audit = createSampledAudit({ record: (record) => kept.push(record) }, clock);
  let requests = 0;
  const refuse = (times: number, code: AuditRecord["code"] = "unauthenticated") => {
    for (let time = 0; time < times; time++)
      audit.record({ decision: "refused", code, requestId: `request-${++requests}` });
  };
  return { clock, kept, refuse };
}

/** How many refusals the lines stand for. */
function counted(kept: readonly AuditRecord[], code?: AuditRecord["code"]): number {
  return kept
    .filter((record) => code === undefined || record.code === code)
    .reduce((sum, { leftOut = 0 }) => sum + 1 + leftOut, 0);
}

test("a few refusals are recorded as they are", async () => {
  const { clock, kept, refuse } = startSample();
  refuse(60);
  for (let second = 0; second < 60; second++) {
    await clock.advance(1_000);
    refuse(1);
  }
  expect(kept.map(({ requestId }) => requestId)).toEqual(
    Array.from({ length: 120 }, (_, at) => `request-${at + 1}`),
  );
  expect(kept.filter((record) => "leftOut" in record)).toEqual([]);
});

test("beyond that a record counts those that were left out before it", async () => {
  const { clock, kept, refuse } = startSample();
  refuse(97);
  expect(kept).toHaveLength(60);
  await clock.advance(1_000);
  refuse(1);
  expect(kept).toHaveLength(61);
  expect(kept.at(-1)).toMatchObject({ requestId: "request-98", leftOut: 37 });
});

test("a flood of 300 a second for ten minutes leaves four lines a second, and each refusal is counted once", async () => {
  const { clock, kept, refuse } = startSample();
  for (let second = 0; second < 600; second++) {
    refuse(300);
    await clock.advance(1_000);
  }
  expect(kept.length).toBeLessThanOrEqual(60 + 4 * 600);
  await clock.advance(10_000);
  expect(counted(kept)).toBe(300 * 600);
});

describe("when the flood ends", () => {
  test("what was left out is counted within ten seconds, by the record of the last of them", async () => {
    const { clock, kept, refuse } = startSample();
    refuse(63);
    await clock.advance(9_999);
    expect(kept).toHaveLength(60);
    await clock.advance(1);
    expect(kept.slice(60)).toMatchObject([{ requestId: "request-63", leftOut: 2 }]);
    await clock.advance(3_600_000);
    expect(kept).toHaveLength(61);
  });

  test("nothing is counted twice if another record came first", async () => {
    const { clock, kept, refuse } = startSample();
    refuse(63);
    await clock.advance(5_000);
    refuse(1);
    await clock.advance(3_600_000);
    expect(kept).toHaveLength(61);
    expect(counted(kept)).toBe(64);
  });

  test("an instance that never runs again takes at most 99 with it", () => {
    for (let refusals = 1; refusals <= 1_000; refusals++) {
      const { kept, refuse } = startSample();
      refuse(refusals);
      expect(refusals - counted(kept)).toBeLessThanOrEqual(99);
    }
  });
});

test("a flood of one code leaves the records of another whole, and is not counted as the other", async () => {
  const { clock, kept, refuse } = startSample();
  refuse(500);
  refuse(60, "unavailable");
  refuse(500);
  await clock.advance(10_000);
  expect(kept.filter(({ code }) => code === "unavailable").map(({ leftOut }) => leftOut)).toEqual(
    Array.from({ length: 60 }),
  );
  expect(counted(kept, "unauthenticated")).toBe(1_000);
});
