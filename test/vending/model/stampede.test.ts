import { expect, test } from "vitest";
import { issueRefusal } from "../../../shared/core/issue-refusal.ts";
import { createStampede, failures, many, sessions, slowest } from "./stampede.ts";
import { key } from "./subject.ts";
import { issueTimeoutMs } from "./virtual-fleet.ts";

const minute = 60_000;

test("a thousand cold callers cost one call to STS, and the last of them is answered within four times its latency", async () => {
  const { all, trace } = createStampede();
  const answers = await all();
  expect(trace.sts).toHaveLength(1);
  expect(sessions(answers).size).toBe(1);
  expect(failures(answers)).toEqual([]);
  expect(slowest(answers)).toBeLessThanOrEqual(1_200);
});

test("waiting callers spare the table: no more than a tenth of them look within the same 10 ms", async () => {
  const { all, trace, clock } = createStampede();
  const start = clock.now();
  await all();
  const looks = trace.actions.filter(({ at }) => at > start + 50);
  const perSlot = Map.groupBy(looks, ({ at }) => Math.floor((at - start) / 10));
  expect(Math.max(...Array.from(perSlot.values(), ({ length }) => length))).toBeLessThanOrEqual(
    many / 10 + 50,
  );
  // One of each caller's reads what is revoked.
  expect(trace.actions.length).toBeLessThanOrEqual(many * 8);
});

test("of a thousand callers that find the session due, one asks the warmer, and each answer takes only as long as the table", async () => {
  const { one, all, clock, trace } = createStampede();
  await one();
  await one();
  await clock.advance(29 * minute);
  const answers = await all();
  await clock.advance(1_000);
  answers.push(...(await all()));
  expect(trace.warmerRequests).toEqual([key]);
  expect(trace.sts).toHaveLength(1);
  expect(answers.every(({ obtained }) => obtained?.cache === "table")).toBe(true);
  expect(slowest(answers)).toBeLessThanOrEqual(2 * 10);
});

test("a thousand callers with a session past its serving time cost one call", async () => {
  const { one, all, clock, trace } = createStampede();
  await one();
  await clock.advance(31 * minute);
  const answers = await all();
  expect(trace.sts).toHaveLength(2);
  expect(sessions(answers).size).toBe(1);
});

/** The first so many callers of STS die in their call. */
const deaths = (count: number) => {
  let calls = 0;
  return () => ({ takesMs: 300, dies: calls++ < count });
};

test("when the instance that issues dies, a thousand callers cost one more call, and none of them fails", async () => {
  const { conditions, all, trace } = createStampede();
  conditions.sts = deaths(1);
  const answers = await all();
  expect(trace.sts).toHaveLength(2);
  expect(failures(answers)).toEqual([]);
  expect(sessions(answers).size).toBe(2);
  expect(slowest(answers)).toBeLessThanOrEqual(1_900);
});

test("when the instance that overtook it dies as well, no caller fails, and all get their answer in time", async () => {
  const { conditions, all } = createStampede();
  conditions.sts = deaths(2);
  const answers = await all();
  expect(failures(answers)).toEqual([]);
  expect(slowest(answers)).toBeLessThanOrEqual(1_900 + issueTimeoutMs);
});

const throttling = {
  takesMs: 50,
  refusal: issueRefusal("throttled", "lake", { retryAfterSeconds: 3 }),
};

test("while STS throttles, a thousand cold callers cost one call, and each learns within a second when to come back", async () => {
  const { conditions, all, trace } = createStampede();
  conditions.sts = () => throttling;
  const answers = await all();
  expect(trace.sts).toHaveLength(1);
  expect(failures(answers)).toHaveLength(many);
  for (const error of failures(answers)) expect(error).toMatchObject({ retryAfterSeconds: 3 });
  expect(slowest(answers)).toBeLessThanOrEqual(1_100);
});

test.each([
  ["throttles", throttling, 1],
  ["is slow", { takesMs: 2_000 }, 2],
] as const)(
  "while STS %s, a thousand callers get a session that has a minute left, within a second and marked as stale",
  async (_, way, calls) => {
    const { conditions, one, all, clock, trace } = createStampede();
    await one();
    await clock.advance(58 * minute);
    conditions.sts = () => way;
    const answers = await all();
    expect(trace.sts).toHaveLength(1 + calls);
    expect(answers.every(({ obtained }) => obtained?.stale)).toBe(true);
    expect(slowest(answers)).toBeLessThanOrEqual(1_100);
  },
);

test.each([
  // A throttled action gets three attempts.
  ["a fifth of the attempts are throttled", 0.2 ** 3, 25],
  ["a fifth of the actions fail", 0.2, 250],
])(
  "while %s on the table, a thousand callers get their answers in time, and most of them without STS",
  async (_, share, most) => {
    const { conditions, random, all, trace } = createStampede();
    conditions.tableFault = () => (random() < share ? "lost" : undefined);
    const answers = await all();
    expect(failures(answers)).toEqual([]);
    expect(trace.sts.length).toBeLessThanOrEqual(most);
    expect(slowest(answers)).toBeLessThanOrEqual(1_900 + issueTimeoutMs);
  },
);
