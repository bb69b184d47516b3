import { expect, test } from "vitest";
import type { Meter } from "../../shared/aws/meter.ts";
import { meterMisses } from "../../shared/aws/meter-misses.ts";
import type { SessionResult } from "../../shared/vending/session-result.ts";

const session = {
  ...{ accessKeyId: "ASIA1", secretAccessKey: "secret", sessionToken: "token" },
  ...{ issuedAt: 0, expiration: 1 },
};

/** The outcome of a miss, and the metered lines for it. */
async function meteredOf(obtainAnew: () => Promise<SessionResult>) {
  const metered: Parameters<Meter>[] = [];
  const answer = meterMisses(obtainAnew, (...line) => metered.push(line))({} as never, {} as never);
  return { outcome: await answer.catch((error: Error) => error), metered };
}

test.each<[string, Partial<SessionResult>, object[]]>([
  ["that is a vend and nothing else", {}, []],
  ["that waited for another", { waitedMs: 120 }, [{ LockWaits: 1, LockWaitTime: 120 }]],
  ["that got the other's result at once", { waitedMs: 0 }, [{ LockWaits: 1, LockWaitTime: 0 }]],
  ["that took a dead claim over", { tookOver: true }, [{ TakeOvers: 1 }]],
  ["whose session nobody else can have", { notKept: true }, [{ NotKept: 1 }]],
])("a miss %s is metered as such, in lines without anything else", async (_, how, values) => {
  const obtained: SessionResult = { session, cache: "table", ...how };
  expect(await meteredOf(async () => obtained)).toEqual({
    outcome: obtained,
    metered: values.map((each) => [{}, each]),
  });
});

test("an error passes through the meter unchanged", async () => {
  const failure = new Error("STS is away");
  expect(await meteredOf(() => Promise.reject(failure))).toEqual({ outcome: failure, metered: [] });
});
