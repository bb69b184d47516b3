import { expect, test } from "vitest";
import { createAudit } from "../../shared/aws/audit.ts";
import { createMeter } from "../../shared/aws/meter.ts";
import type { AuditRecord, CacheTier } from "../../shared/vending/ports.ts";
import { dataOf } from "./emf.ts";

const stack = "keyvend-prod";
const time = "2026-11-22T15:00:00.000Z";

function lineOf(part: Pick<AuditRecord, "decision"> & Partial<AuditRecord>): string {
  const lines: string[] = [];
  const clock = { now: () => Date.parse(time) };
  const audit = createAudit(
    createMeter(stack, clock.now, (line) => lines.push(line)),
    clock,
  );
  audit.record({ requestId: "request-1", ...part });
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

test("a record is in the log as it is, with the time, so that Logs Insights finds it by its fields", () => {
  const record: AuditRecord = {
    requestId: "request-1",
    decision: "vended",
    targets: ["s3://lake/a/", "s3://lake/b/"],
    cache: "memory",
    waitedMs: 80,
    stale: true,
  };
  expect(JSON.parse(lineOf(record)).audit).toEqual({ time, ...record });
});

test.each<CacheTier>(["memory", "table", "issued", "none"])(
  "a vend is counted by the tier that it came from: %s",
  (cache) => {
    const vend = { metric: "Vends", unit: "Count", value: 1 };
    expect(dataOf(lineOf({ decision: "vended", cache, waitedMs: 80, tookOver: true, stale: true }))).toEqual([
      { ...vend, dimensions: { stack } },
      { ...vend, dimensions: { stack, cache } },
    ]);
  },
);

test("a refusal is counted by its code", () => {
  const denial = { metric: "Denials", unit: "Count", value: 1 };
  expect(dataOf(lineOf({ decision: "refused", code: "unauthenticated" }))).toEqual([
    { ...denial, dimensions: { stack } },
    { ...denial, dimensions: { stack, code: "unauthenticated" } },
  ]);
});

test("a refusal that stands for others counts for all of them", () => {
  const line = lineOf({ decision: "refused", code: "unauthenticated", leftOut: 99 });
  expect(dataOf(line).map(({ metric, value }) => [metric, value])).toEqual([
    ["Denials", 100],
    ["Denials", 100],
  ]);
  expect(JSON.parse(line).audit.leftOut).toBe(99);
});

test.each<Pick<AuditRecord, "decision"> & Partial<AuditRecord>>([
  { decision: "warmed", cache: "issued" },
  { decision: "dropped", code: "no_grant" },
  { decision: "explained", code: "no_grant" },
])("$decision counts neither as a vend nor as a denial", (part) => {
  expect(dataOf(lineOf(part))).toEqual([]);
});
