import { expect, test } from "vitest";
import { createMeter, type Meter } from "../../shared/aws/meter.ts";
import { dataOf } from "./emf.ts";
import { metrics } from "./metered.ts";

const now = Date.parse("2026-11-22T15:00:00Z");

function lineOf(...metered: Parameters<Meter>): string {
  const lines: string[] = [];
  createMeter(
    "keyvend-prod",
    () => now,
    (line) => lines.push(line),
  )(...metered);
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

test("a line has its metrics at its root: CloudWatch looks for them there", () => {
  expect(JSON.parse(lineOf({ cache: "table" }, { Vends: 1 }, { audit: { decision: "vended" } }))).toEqual({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: "keyvend",
          Dimensions: [["stack"], ["stack", "cache"]],
          Metrics: [{ Name: "Vends", Unit: "Count" }],
        },
      ],
    },
    stack: "keyvend-prod",
    cache: "table",
    Vends: 1,
    audit: { decision: "vended" },
  });
});

test("each metric is there without a dimension and by each dimension, and never by two at once", () => {
  const stack = "keyvend-prod";
  const data = dataOf(lineOf({ way: "assume-role", code: "throttled" }, { StsCalls: 1, StsLatency: 42 }));
  expect(data.filter(({ metric }) => metric === "StsLatency").map(({ dimensions }) => dimensions)).toEqual([
    { stack },
    { stack, way: "assume-role" },
    { stack, code: "throttled" },
  ]);
  expect(data).toHaveLength(6);
});

test.each(metrics)("%s is in milliseconds if its name says so, otherwise a count", (metric) => {
  const unit = metric.endsWith("Latency") || metric.endsWith("Time") ? "Milliseconds" : "Count";
  expect(dataOf(lineOf({}, { [metric]: 3 }))).toEqual([
    { metric, unit, value: 3, dimensions: { stack: "keyvend-prod" } },
  ]);
});

test("a pass that left nothing is metered too, so that an alarm can tell it from a pass that never ran", () => {
  expect(dataOf(lineOf({}, { WarmLeft: 0 }))).toMatchObject([{ metric: "WarmLeft", value: 0 }]);
});

test("a line that meters nothing is only a line of the log", () => {
  expect(JSON.parse(lineOf({}, {}, { audit: { decision: "explained" } }))).toEqual({
    stack: "keyvend-prod",
    audit: { decision: "explained" },
  });
});

test("a line stays one line, whatever text it holds", () => {
  const line = lineOf({}, { Vends: 1 }, { audit: { reason: 'a\nb\r\n\u2028"'.repeat(200) } });
  expect(dataOf(line)).toHaveLength(1);
});

test("text from a token or a name cannot steer the terminal of a reader", () => {
  const reason = 'iss is not a configured issuer: "\u009b31m\u202emoc.elgoog//:sptth\u2028\u{e0041}\ud800"';
  const line = lineOf({}, {}, { audit: { reason, ["\u202eprincipal"]: "a\u0085b" } });
  expect(line).toMatch(/^[ -~]+\n$/);
  expect(JSON.parse(line).audit).toEqual({ reason, ["\u202eprincipal"]: "a\u0085b" });
});
