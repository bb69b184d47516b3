import { expect, test } from "vitest";
import { type RateTable, TableUnreachable } from "../../../shared/vending/ports.ts";
import { createStsBudget } from "../../../shared/vending/warm/sts-budget.ts";
import { virtualClock } from "../virtual-clock.ts";

test("a fault of the rate's row fails all calls that wait for a slot, and the next call asks the row again", async () => {
  const clock = virtualClock();
  const until = clock.now() + 10_000;
  let isAway = true;
  const table: RateTable = {
    async reserve(_slotMs, _slots, now) {
      await clock.sleep(10);
      if (isAway) throw new TableUnreachable("away");
      return now;
    },
  };
  const { approach } = createStsBudget({ table, stsCallsPerSecond: 10, clock });
  const waiting = Array.from({ length: 5 }, () => approach(until));
  const outcomes = await clock.run(Promise.allSettled(waiting));
  expect(outcomes.map((outcome) => outcome.status === "rejected" && String(outcome.reason))).toEqual(
    Array(5).fill("TableUnreachable: away"),
  );
  isAway = false;
  expect(await clock.run(Promise.all([approach(until), approach(until)]))).toEqual([true, true]);
});
