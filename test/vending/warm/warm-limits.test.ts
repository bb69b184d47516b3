import { expect, test } from "vitest";
import { createRateTable } from "../../../shared/aws/rate-table.ts";
import { VendError } from "../../../shared/core/errors.ts";
import { throttled } from "../../dynamodb/simulated-dynamodb.ts";
import { tableName } from "../simulated-fleet.ts";
import { away, createWarming, nothing, readsEntry } from "./warming.ts";

test("an entry that failed, and that gets no further slot, is reported as failed and not as left", async () => {
  const { addDue, clock, dynamodb, sts, warmer } = await createWarming();
  await addDue("lake", "user-0", clock.now());
  sts.before = () => {
    // Meanwhile other instances take all the slots of a minute.
    void createRateTable(dynamodb.call, tableName).reserve(60_000, 1, clock.now(), clock.now() + 1_000);
    throw away();
  };
  expect(await clock.run(warmer()(10_000))).toEqual({ ...nothing, due: 1, failed: { unavailable: 1 } });
  expect(sts.calls).toHaveLength(1);
});

test("an entry that failed, and was passed over until time was up, is reported as failed as well", async () => {
  const { addDue, clock, sts, warmer } = await createWarming();
  await addDue("lake", "user-0", clock.now());
  await addDue("lake", "user-1", clock.now());
  const began = clock.now();
  sts.before = () => {
    throw away();
  };
  expect(await clock.run(warmer()(3_000))).toEqual({ ...nothing, due: 2, failed: { unavailable: 2 } });
  // Both entries at first, and one again a second later. The pause after that is too long: the pass does not wait for it.
  expect(sts.calls).toHaveLength(3);
  expect(clock.now() - began).toBeLessThan(2_000);
});

test.each(Array.from({ length: 20 }, (_, n) => 1_000 + n * 100))(
  "each entry counts once, also if time is up in the midst of the second tries: after %i ms",
  async (lastsMs) => {
    const { addAllDue, clock, sts, warmer } = await createWarming({ stsCallsPerSecond: 8 });
    await addAllDue("lake", 12);
    sts.before = () => {
      if (sts.calls.length === 1) throw away();
    };
    const { due, issued, failed, left } = await clock.run(warmer()(lastsMs));
    expect(due).toBe(12);
    expect(issued + (failed.unavailable ?? 0) + left).toBe(12);
  },
);

test("an entry that cannot be read for its second try counts once as well", async () => {
  const { addAllDue, clock, dynamodb, sts, warmer } = await createWarming();
  await addAllDue("lake", 5);
  let reads = 0;
  dynamodb.faults.before = (action) => {
    if (action === "GetItem" && ++reads > 5) throw throttled(action);
  };
  sts.before = () => {
    throw away();
  };
  expect(await clock.run(warmer()(2_000))).toEqual({ ...nothing, due: 5, failed: { table_unreachable: 5 } });
});

test("while a storage is left alone, its entries are not read again for another's second tries", async () => {
  const { addAllDue, clock, dynamodb, sts, warmer } = await createWarming({ storages: ["a", "b"] });
  await addAllDue("a", 1);
  await addAllDue("b", 50);
  let reads = 0;
  dynamodb.faults.before = (action, input) => {
    if (readsEntry(action, input)) reads++;
  };
  sts.before = ({ request }) => {
    if (request.storage.name === "a") throw away();
    throw new VendError("throttled", "Not now.", { retryAfterSeconds: 60 });
  };
  await clock.run(warmer()(10_000));
  // Each entry once, and the test entry of the storage again after 1, 2 and 4 s.
  expect(reads).toBe(51 + 3);
});

test("a hundred and twenty-eight entries are under way at once, and no more", async () => {
  const { addAllDue, clock, dynamodb, warmer } = await createWarming({ stsCallsPerSecond: 1_000 });
  await addAllDue("lake", 300);
  let most = 0;
  let underWay = 0;
  dynamodb.faults.before = async (action) => {
    if (action !== "GetItem") return;
    most = Math.max(most, ++underWay);
    await clock.sleep(10);
    underWay--;
  };
  expect(await clock.run(warmer()())).toEqual({ ...nothing, due: 300, issued: 300 });
  expect(most).toBe(128);
});

test("a pass remembers ten thousand entries for another try, and leaves further ones to the next pass", async () => {
  const { addAllDue, addDue, clock, sts, warmer } = await createWarming({ storages: ["bad", "flaky"] });
  await addAllDue("bad", 10_100);
  for (let n = 0; n < 50; n++) await addDue("flaky", `user-${n}`, clock.now());
  const began = clock.now();
  sts.before = ({ request }) => {
    if (request.storage.name === "bad" || clock.now() - began < 3_000) throw away();
  };
  const { due, issued, left, failed } = await clock.run(warmer()(20_000));
  expect({ due, issued }).toEqual({ due: 10_150, issued: 0 });
  expect(left + (failed.unavailable ?? 0)).toBe(10_150);
  expect(await clock.run(warmer()(20_000))).toMatchObject({ issued: 50 });
});

test("the pass counts the rest for five seconds after time is up, and then reads no more of the list", async () => {
  const { addAllDue, clock, dynamodb, warmer } = await createWarming({ stsCallsPerSecond: 8 });
  await addAllDue("lake", 300);
  const began = clock.now();
  dynamodb.faults.before = async (action, input) => {
    if (action !== "Query") return;
    Object.assign(input, { Limit: 10 });
    await clock.sleep(2_000);
  };
  const { due, left } = await clock.run(warmer()(1_000));
  expect(due).toBeGreaterThan(0);
  expect(left).toBe(due);
  // And the page of the last read that had begun.
  expect(clock.now() - began).toBeLessThanOrEqual(1_000 + 5_000 + 2_000);
});

test("a defect of our own ends the pass, and does not count as a fault of the table", async () => {
  const { addAllDue, clock, dynamodb, warmer } = await createWarming();
  await addAllDue("lake", 3);
  const defect = new TypeError("a defect");
  dynamodb.faults.before = (action, input) => {
    if (readsEntry(action, input)) throw defect;
  };
  await expect(clock.run(warmer()())).rejects.toBe(defect);
});
