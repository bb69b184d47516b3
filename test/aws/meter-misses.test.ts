import { expect, test } from "vitest";
import type { Meter } from "../../shared/aws/meter.ts";
import { meterMisses } from "../../shared/aws/meter-misses.ts";
import type { Obtained } from "../../shared/vending/obtained.ts";

const session = {
  ...{ accessKeyId: "ASIA1", secretAccessKey: "secret", sessionToken: "token" },
  ...{ issuedAt: 0, expiration: 1 },
};

/** What is metered of a miss that ends so. */
async function meteredOf(obtainAnew: () => Promise<Obtained>) {
  const metered: Parameters<Meter>[] = [];
  const answer = meterMisses(obtainAnew, (...line) => metered.push(line))({} as never, {} as never);
  return { outcome: await answer.catch((error: Error) => error), metered };
}

test.each<[string, Partial<Obtained>, object[]]>([
  ["is nothing but a vend", {}, []],
  ["waited for another", { waitedMs: 120 }, [{ LockWaits: 1, LockWaitTime: 120 }]],
  ["found the other's result at once", { waitedMs: 0 }, [{ LockWaits: 1, LockWaitTime: 0 }]],
  ["took a dead claim over", { tookOver: true }, [{ TakeOvers: 1 }]],
  ["was handed a session near its end", { stale: true }, [{ StaleServed: 1 }]],
])("who %s is metered so, in lines that tell nothing else", async (_, how, values) => {
  const obtained: Obtained = { session, cache: "table", ...how };
  expect(await meteredOf(async () => obtained)).toEqual({
    outcome: obtained,
    metered: values.map((each) => [{}, each]),
  });
});

test("what fails, fails as it did", async () => {
  const failure = new Error("STS is away");
  expect(await meteredOf(() => Promise.reject(failure))).toEqual({ outcome: failure, metered: [] });
});
