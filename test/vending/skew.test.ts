import { afterEach, expect, test, vi } from "vitest";
import { dueAt } from "../../shared/core/expiry.ts";
import { seededRandom } from "./model/seeded-random.ts";
import { live, minute, requestFor } from "./model/steady-life.ts";

afterEach(() => vi.restoreAllMocks());

/** Clocks spread evenly over so many seconds, half of them ahead of the world's clock and of the warmer's. */
const clocksOver = (seconds: number, instances: number) =>
  Array.from({ length: instances }, (_, n) => (n / (instances - 1) - 0.5) * seconds * 1_000);

/** Runs a fleet whose STS answers in 300 ms. */
function run(life: Pick<Parameters<typeof live>[0], "scopes" | "clocksAheadMs" | "lastsMs" | "pauseMs">) {
  const random = seededRandom(5);
  vi.spyOn(Math, "random").mockImplementation(random);
  return live({ ...life, sts: () => ({ takesMs: 300 }), random });
}

test("clocks that are a minute apart fail no caller, make few callers wait, and cost few more calls", async () => {
  const [aligned, skewed] = await Promise.all(
    [0, 60].map((seconds) =>
      run({ scopes: 4, clocksAheadMs: clocksOver(seconds, 20), lastsMs: 120 * minute, pauseMs: () => 5_000 }),
    ),
  );
  expect(skewed?.answers.filter(({ error }) => error)).toEqual([]);
  for (const { leftMs } of skewed?.answers ?? []) expect(leftMs).toBeGreaterThan(15 * minute);
  const waited = skewed?.answers.filter(({ tookMs }) => tookMs > 100) ?? [];
  expect(waited.length).toBeLessThanOrEqual(8);
  expect(skewed?.trace.sts.length).toBeLessThanOrEqual(1.5 * (aligned?.trace.sts.length ?? 0));
});

test.each([4, 60])(
  "a scope that is in demand when it is due is issued once, with clocks %i s apart",
  async (seconds) => {
    const dueMs = dueAt({ issuedAt: 0, expiration: 60 * minute }, requestFor(0).key);
    const { answers, trace } = await run({
      scopes: 1,
      clocksAheadMs: clocksOver(seconds, 600),
      lastsMs: dueMs + 3 * minute,
      pauseMs: (_, atMs) => (atMs < dueMs - minute ? 20_000 : 10),
    });
    expect(answers.filter(({ error }) => error)).toEqual([]);
    expect(trace.results).toHaveLength(2);
    expect(trace.sts.length).toBeLessThanOrEqual(3);
  },
);
