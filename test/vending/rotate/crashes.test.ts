import { expect, test, vi } from "vitest";
import { createIssue } from "../../../shared/aws/issue.ts";
import { dayMs, hourMs } from "../../../shared/core/rotating-secret.ts";
import { sampleRequest } from "../samples.ts";
import { type AtCall, Crash, createRotationWorld, firstKey, functionsKey, region } from "./rotation-world.ts";

// The process dies before and after each call that a rotation makes, and Secrets Manager tries again. Meanwhile callers vend.

type World = Awaited<ReturnType<typeof createRotationWorld>>;

/** A process that dies at one call, before it is sent or when its answer is there, after `last` is done. */
function dyingAt(deadly: number, at: "before" | "after", last: () => Promise<void> = async () => {}): AtCall {
  return async (_, when, call) => {
    if (call !== deadly || when !== at) return;
    await last();
    throw new Crash();
  };
}

/** How many calls a process makes. */
async function countCalls(work: (atCall: AtCall) => Promise<unknown>): Promise<number> {
  let most = 0;
  await work((_name, _when, call) => {
    most = Math.max(most, call);
  });
  return most;
}

/** Instances that issue with the secret's key. None of them is spared: each failure counts. */
function fleet({ storage, servers, clock }: World) {
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", servers.secretsManager.url);
  const meter = () => undefined;
  const options = { region, credentials: async () => functionsKey, clock, timeoutMs: 60_000, meter };
  const instances = Array.from({ length: 4 }, () => createIssue(options));
  const outcomes = { issued: 0, failed: [] as string[] };
  return {
    outcomes,
    /** A vend by each instance, and by one that has just started, again and again. */
    async vend(times = 5): Promise<void> {
      const fresh = createIssue(options);
      const vends = Array.from({ length: times }, (_, at) => [...instances, fresh][at % 5] ?? fresh);
      const results = await Promise.allSettled(vends.map((issue) => issue(sampleRequest(storage))));
      for (const result of results)
        if (result.status === "fulfilled") outcomes.issued++;
        else outcomes.failed.push(String((result.reason as Error).cause ?? result.reason));
    },
  };
}

/** How many calls the four steps make, and a daily run that deactivates, and one that deletes. */
async function callsOf() {
  const { begin, rotator, wait } = await createRotationWorld();
  const version = await begin();
  const steps = await countCalls((atCall) => rotator(atCall).steps(version));
  await wait(14 * hourMs);
  const deactivate = await countCalls((atCall) => rotator(atCall).tend());
  await wait(dayMs);
  const remove = await countCalls((atCall) => rotator(atCall).tend());
  return { steps, deactivate, remove };
}

const calls = { steps: 28, deactivate: 8, remove: 7 };

test("these are all the calls of a rotation", async () => {
  expect(await callsOf()).toEqual(calls);
});

const places = (most: number) =>
  Array.from({ length: most }, (_, at) => at + 1).flatMap((call) => [
    [call, "before"] as const,
    [call, "after"] as const,
  ]);

async function rotateAgain(world: World, version: string): Promise<void> {
  await world.rotator().steps(version);
  const current = await world.read("AWSCURRENT");
  const [first, second, ...more] = world.keys();
  expect([first?.accessKeyId, more]).toEqual([firstKey.accessKeyId, []]);
  expect(second).toMatchObject({ ...current, status: "Active" });
  expect(await world.read("AWSPREVIOUS")).toEqual(firstKey);
}

test.each(places(calls.steps))(
  "a rotation that dies at call %i, %s it, goes on, and no vend fails",
  async (call, at) => {
    const world = await createRotationWorld();
    const { vend, outcomes } = fleet(world);
    const version = await world.begin();
    await vend();
    await expect(world.rotator(dyingAt(call, at, vend)).steps(version)).rejects.toThrow(Crash);
    await vend();
    await rotateAgain(world, version);
    await vend();
    expect(outcomes).toEqual({ issued: 20, failed: [] });
  },
);

test.each(places(calls.deactivate))(
  "a daily run that dies at call %i, %s it, goes on the next day, and no vend fails",
  async (call, at) => {
    const world = await createRotationWorld();
    const { vend, outcomes } = fleet(world);
    await vend();
    await rotateAgain(world, await world.begin());
    await world.wait(14 * hourMs);
    await expect(world.rotator(dyingAt(call, at, vend)).tend()).rejects.toThrow(Crash);
    await world.wait(dayMs - 60_000);
    await world.rotator().tend();
    // Whenever the key was deactivated, it is not deleted within a day.
    expect(world.keys()).toHaveLength(2);
    expect(world.keys()[0]?.status).toBe("Inactive");
    await world.wait(dayMs);
    await world.rotator().tend();
    await vend();
    expect(world.keys().map(({ accessKeyId }) => accessKeyId)).toEqual([
      (await world.read("AWSCURRENT"))?.accessKeyId,
    ]);
    expect(outcomes).toEqual({ issued: 15, failed: [] });
  },
);

test.each(places(calls.remove))(
  "a daily run that dies at call %i, %s it, deletes in the end",
  async (call, at) => {
    const world = await createRotationWorld();
    await rotateAgain(world, await world.begin());
    await world.wait(14 * hourMs);
    await world.rotator().tend();
    await world.wait(dayMs);
    await expect(world.rotator(dyingAt(call, at)).tend()).rejects.toThrow(Crash);
    expect(await world.rotator().tend()).toMatchObject({ unknownKeys: 0 });
    expect(world.keys().map(({ accessKeyId }) => accessKeyId)).toEqual([
      (await world.read("AWSCURRENT"))?.accessKeyId,
    ]);
  },
);

test("with twenty vends a second, and more at each call, none fails from rotation to rotation", async () => {
  const world = await createRotationWorld();
  const { vend, outcomes } = fleet(world);
  // Each machine of STS learns of a key at another time, within ten seconds.
  world.accounts.newKeys.accepts = ({ ageMs, tries }) => ageMs > 10_000 || (ageMs > 4_000 && tries % 3 === 0);
  const sleep = async (milliseconds: number) => {
    for (let second = 0; second < milliseconds; second += 1_000) {
      await vend(20);
      await world.wait(1_000);
    }
  };
  for (let rotation = 0; rotation < 2; rotation++) {
    await world.rotator(() => vend(), sleep).steps(await world.begin());
    // Instances read the secret again, and the previous key may stand in, within five minutes.
    for (let half = 0; half < 12; half++) {
      await vend(20);
      await world.wait(30_000);
    }
    for (const hours of [14, 25]) {
      await world.wait(hours * hourMs);
      await vend();
      await world.rotator().tend();
      await vend(20);
    }
  }
  expect(outcomes.failed).toEqual([]);
  expect(outcomes.issued).toBeGreaterThan(1_000);
  expect(world.keys()).toHaveLength(1);
});
