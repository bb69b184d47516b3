import { expect, test } from "vitest";
import { createServerMetrics } from "../../../functions/server/metrics.ts";

test("what the meter is told is counted in Prometheus's words, and passed on", () => {
  const metrics = createServerMetrics();
  const told: unknown[] = [];
  const meter = metrics.counting((...each) => void told.push(each));
  meter({ way: "assume-role" }, { StsCalls: 1, StsLatency: 42 });
  meter({ way: "assume-role" }, { StsCalls: 1, StsLatency: 58 });
  meter({ cache: undefined }, { Vends: 1 }, { audit: {} });
  expect(told).toHaveLength(3);
  expect(metrics.text().split("\n").slice(0, 6)).toEqual([
    "# TYPE keyvend_sts_calls_total counter",
    'keyvend_sts_calls_total{way="assume-role"} 2',
    "# TYPE keyvend_sts_latency_seconds_total counter",
    'keyvend_sts_latency_seconds_total{way="assume-role"} 0.1',
    "# TYPE keyvend_vends_total counter",
    "keyvend_vends_total 1",
  ]);
});

test("answers have a status and a time, of which the classes add up", () => {
  const metrics = createServerMetrics();
  metrics.answered(200, 0.02);
  metrics.answered(200, 0.3);
  metrics.answered(503, 60);
  const lines = metrics.text().split("\n");
  expect(lines).toContain('keyvend_answers_total{status="200"} 2');
  expect(lines).toContain('keyvend_answer_seconds_bucket{le="0.025"} 1');
  expect(lines).toContain('keyvend_answer_seconds_bucket{le="10"} 2');
  expect(lines).toContain('keyvend_answer_seconds_bucket{le="+Inf"} 3');
  expect(lines).toContain("keyvend_answer_seconds_count 3");
});

test("a value in a label cannot end it", () => {
  const metrics = createServerMetrics();
  metrics.set("up_to_date", 1, { what: 'a"}\n\\' });
  expect(metrics.text()).toContain('keyvend_up_to_date{what="a\\"}\\n\\\\"} 1');
});
