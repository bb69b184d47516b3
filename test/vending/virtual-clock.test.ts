import fc from "fast-check";
import { expect, test } from "vitest";
import { virtualClock } from "./virtual-clock.ts";

test("time moves to each sleeper's hour in turn, and to no other", async () => {
  const clock = virtualClock(1_000);
  const woken: number[] = [];
  const sleeper = async (milliseconds: number) => {
    await clock.sleep(milliseconds);
    woken.push(clock.now());
  };
  await clock.run(Promise.all([300, 100, 0, 200].map(sleeper)));
  expect(woken).toEqual([1_000, 1_100, 1_200, 1_300]);
  expect(clock.now()).toBe(1_300);
});

test("sleepers wake in the order of their time, and of their lying down when that is the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { minLength: 1, maxLength: 60 }), async (naps) => {
      const clock = virtualClock(0);
      const woken: [milliseconds: number, n: number][] = [];
      await clock.run(
        Promise.all(
          naps.map(async (milliseconds, n) => {
            await clock.sleep(milliseconds);
            woken.push([milliseconds, n]);
          }),
        ),
      );
      const expected = naps.map((milliseconds, n): [number, number] => [milliseconds, n]);
      expect(woken).toEqual(expected.sort(([a, m], [b, n]) => a - b || m - n));
    }),
    { numRuns: 50 },
  );
});

test("whoever is awake comes to the end of what it does before time moves", async () => {
  const clock = virtualClock(0);
  const seen: number[] = [];
  async function walker() {
    await clock.sleep(10);
    for (let step = 0; step < 50; step++) await Promise.resolve();
    await new Promise(setImmediate);
    seen.push(clock.now());
  }
  await clock.run(Promise.all([walker(), clock.sleep(11)]));
  expect(seen).toEqual([10]);
});

test("an advance wakes who sleeps until its end and leaves the others asleep", async () => {
  const clock = virtualClock(0);
  const woken: number[] = [];
  for (const milliseconds of [50, 100, 130])
    void clock.sleep(milliseconds).then(() => woken.push(clock.now()));
  await clock.advance(120);
  expect(woken).toEqual([50, 100]);
  expect(clock.now()).toBe(120);
  await clock.advance(10);
  expect(woken).toEqual([50, 100, 130]);
});

test("a sleep that is taken while time advances still ends within it", async () => {
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

test("what is run gives its result, or its own failure", async () => {
  const clock = virtualClock();
  expect(await clock.run(clock.sleep(5).then(() => "result"))).toBe("result");
  const failing = clock.sleep(5).then(() => Promise.reject(new Error("its own")));
  await expect(clock.run(failing)).rejects.toThrow("its own");
});

test("a run that nobody can bring to its end says so", async () => {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const never = clock.sleep(1_000).then(() => new Promise(() => undefined));
  await expect(clock.run(never)).rejects.toThrow("Time stands still at 2026-01-01T00:00:01.000Z");
});

test("a run whose sleepers never come to an end is ended after a day", async () => {
  const clock = virtualClock();
  const start = clock.now();
  const endless = async () => {
    for (;;) await clock.sleep(3_600_000);
  };
  await expect(clock.run(endless())).rejects.toThrow("A day has passed");
  expect(clock.now() - start).toBe(25 * 3_600_000);
});

test("nobody sleeps for a time that is none", async () => {
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
