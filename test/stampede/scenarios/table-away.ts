import { callsAtMost, isToldToComeBack, percentileWithin, rowOf, type Scenario } from "../scenario.ts";

const throttledShare = 0.2;
/** Few, because each instance then issues for itself, and that needs more of the processor than all the rest. */
const callersWithoutTable = 100;

/** The table refuses some calls for load. */
export const tableThrottled: Scenario = {
  name: "table-throttled",
  async play({ fleet, table }) {
    const burst = await fleet
      .burst("table-throttled", { ahead: () => table.ask("throttle", throttledShare) })
      .finally(() => table.ask("throttle", 0));
    return [
      rowOf("a fifth of table calls throttled", burst, (row) => [
        callsAtMost(30)(row),
        percentileWithin(99, 2_000)(row),
      ]),
    ];
  },
};

/** There is no table, and nothing in memory. */
export const tableDown: Scenario = {
  name: "table-down",
  async play({ fleet, table, callers }) {
    const few = Math.min(callers, callersWithoutTable);
    const burst = await fleet
      .burst("table-down", { callers: few, ahead: async () => void (await table.ask("down")) })
      .finally(() => table.ask("up"));
    return [
      rowOf(
        "table down",
        burst,
        (row) => [callsAtMost(few)(row), percentileWithin(99, 2_000)(row)],
        (answer) => answer.status === 200 || isToldToComeBack(answer),
      ),
    ];
  },
};
