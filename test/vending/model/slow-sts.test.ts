/** A slow STS is still an STS: nobody's deadline is passed on as its failure, and it is not asked again while it answers. */
import { expect, test } from "vitest";
import type { VendError } from "../../../shared/core/errors.ts";
import { createStampede, failures, many, sessions, slowest } from "./stampede.ts";

const minute = 60_000;
const seconds = [0.3, 0.69, 0.7, 1, 3, 8];

test.each(seconds)(
  "cold, with an STS that takes %s s, a thousand callers cost two calls at most, and have their session when they come back",
  async (takes) => {
    const { conditions, all, clock, trace } = createStampede();
    conditions.sts = () => ({ takesMs: takes * 1_000 });
    const answers = await all();
    const refused = failures(answers) as VendError[];
    const isSlow = takes * 1_000 > 700;
    expect(refused.length > 0).toBe(isSlow);
    expect(slowest(answers)).toBeLessThanOrEqual(2_000);
    for (const { code, retryAfterSeconds = 0 } of refused) {
      expect(code).toBe("unavailable");
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(retryAfterSeconds).toBeLessThanOrEqual(10);
    }
    // The next request after the time that each was told.
    await clock.advance(
      Math.min(...refused.map(({ retryAfterSeconds = 0 }) => retryAfterSeconds), 10) * 1_000,
    );
    const second = await all();
    expect(failures(second)).toEqual([]);
    expect(sessions(second).size).toBe(1);
    expect(trace.sts).toHaveLength(isSlow ? 2 : 1);
  },
);

test.each(seconds)(
  "a caller that does not wait before it comes back has its session at the third request, with an STS that takes %s s and 3 s at most",
  async (takes) => {
    if (takes > 3) return;
    const { conditions, one, trace } = createStampede();
    conditions.sts = () => ({ takesMs: takes * 1_000 });
    const answers = [await one(), await one(), await one()];
    expect(answers[2]?.obtained).toBeDefined();
    expect(trace.sts.length).toBeLessThanOrEqual(2);
  },
);

test("one slow call fails nobody but the caller that made it: those that wait for its claim get the session of the warmer", async () => {
  const { conditions, all, trace } = createStampede();
  conditions.sts = () => ({ takesMs: 750 });
  const answers = await all(30);
  expect(failures(answers)).toHaveLength(1);
  expect(sessions(answers.filter(({ obtained }) => obtained)).size).toBe(1);
  expect(trace.sts).toHaveLength(2);
});

test("an expired entry is handed over like a cold one, and its old session is marked as stale meanwhile", async () => {
  const { conditions, one, all, clock, trace } = createStampede();
  await one();
  await clock.advance(40 * minute);
  conditions.sts = () => ({ takesMs: 3_000 });
  const meanwhile = await all();
  expect(meanwhile.every(({ obtained }) => obtained?.stale)).toBe(true);
  await clock.advance(8_000);
  const afterwards = await all();
  expect(afterwards.every(({ obtained }) => obtained?.cache === "table")).toBe(true);
  expect(trace.sts).toHaveLength(3);
});

test("when the warmer dies with a claim that was handed over, the next caller after its end issues again", async () => {
  const { conditions, one, clock, trace } = createStampede();
  let calls = 0;
  conditions.sts = () => ({ takesMs: 1_000, dies: ++calls === 2 });
  expect((await one()).error).toMatchObject({ code: "unavailable" });
  await clock.advance(10_000);
  expect((await one()).error).toMatchObject({ code: "unavailable" });
  expect(trace.sts).toHaveLength(2);
  conditions.sts = () => ({ takesMs: 300 });
  await clock.advance(12_000);
  expect((await one()).obtained).toMatchObject({ cache: "issued" });
  expect(many).toBeGreaterThan(trace.sts.length);
});
