import fc from "fast-check";
import { expect, test } from "vitest";
import { virtualClock } from "./virtual-clock.ts";

test("time moves to each sleeper's hour in turn, and to no other", async () => {
  const clock = virtualClock(1_000);
  const wakings: number[] = [];
  const sleeper = async (milliseconds: number) => {
    await clock.sleep(milliseconds);
    wakings.push(clock.now());
  };
  await clock.run(Promise.all([300, 100, 0, 200].map(sleeper)));
  expect(wakings).toEqual([1_000, 1_100, 1_200, 1_300]);
  expect(clock.now()).toBe(1_300);
});

test("sleepers wake in the order of their times, and at the same time in the order in which they lay down", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { minLength: 1, maxLength: 60 }), async (naps) => {
      const clock = virtualClock(0);
      const wakings: [milliseconds: number, n: number][] = [];
      await clock.run(
        Promise.all(
          naps.map(async (milliseconds, n) => {
            await clock.sleep(milliseconds);
            wakings.push([milliseconds, n]);
          }),
        ),
      );
      const expected = naps.map((milliseconds, n): [number, number] => [milliseconds, n]);
      expect(wakings).toEqual(expected.sort(([a, m], [b, n]) => a - b || m - n));
    }),
    { numRuns: 50 },
  );
});

test("every task that is awake comes to its end before time moves", async () => {
  const clock = virtualClock(0);
  const times: number[] = [];
  async function walker() {
    await clock.sleep(10);
    for (let step = 0; step < 50; step++) await Promise.resolve();
    await new Promise(setImmediate);
    times.push(clock.now());
  }
  await clock.run(Promise.all([walker(), clock.sleep(11)]));
  expect(times).toEqual([10]);
});

test("an advance wakes the sleepers until its end and leaves the others asleep", async () => {
  const clock = virtualClock(0);
  const wakings: number[] = [];
  for (const milliseconds of [50, 100, 130])
    void clock.sleep(milliseconds).then(() => wakings.push(clock.now()));
  await clock.advance(120);
  expect(wakings).toEqual([50, 100]);
  expect(clock.now()).toBe(120);
  await clock.advance(10);
  expect(wakings).toEqual([50, 100, 130]);
});

test("a sleep that begins during an advance still ends within it", async () => {
  const clock = virtualClock(0);
  let beats = 0;
  void (async () => {
    for (;;) {
      await clock.sleep(60_000);
      beats++;
    }
  })();
  await clock.advance(3_600_000);
  expect(beats).toBe(60);
});

test("run gives the result of its promise, or its failure", async () => {
  const clock = virtualClock();
  expect(await clock.run(clock.sleep(5).then(() => "result"))).toBe("result");
  const failing = clock.sleep(5).then(() => Promise.reject(new Error("its own")));
  await expect(clock.run(failing)).rejects.toThrow("its own");
});

test("a run that nothing can bring to its end says so", async () => {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const never = clock.sleep(1_000).then(() => new Promise(() => undefined));
  await expect(clock.run(never)).rejects.toThrow("Time stands still at 2026-01-01T00:00:01.000Z");
});

test("a run with sleepers that never come to an end is ended after a day", async () => {
  const clock = virtualClock();
  const start = clock.now();
  const endless = async () => {
    for (;;) await clock.sleep(3_600_000);
  };
  await expect(clock.run(endless())).rejects.toThrow("A day has passed");
  expect(clock.now() - start).toBe(25 * 3_600_000);
});

test("a sleep for no finite time is refused", async () => {
  await expect(virtualClock().sleep(Number.NaN)).rejects.toThrow("Nobody sleeps for NaN ms.");
});

test("ten thousand sleepers, a hundred thousand naps", async () => {
  const clock = virtualClock();
  const start = clock.now();
  let naps = 0;
  const sleeper = async (n: number) => {
    for (let nap = 0; nap < 10; nap++) {
      await clock.sleep(1 + ((n * 7_919) % 5_000));
      naps++;
    }
  };
  await clock.run(Promise.all(Array.from({ length: 10_000 }, (_, n) => sleeper(n))));
  expect(naps).toBe(100_000);
  expect(clock.now() - start).toBe(50_000);
});
