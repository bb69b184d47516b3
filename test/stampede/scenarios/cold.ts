import { availableParallelism } from "node:os";
import { exactlyOneCall, percentileWithin, rowOf, type Scenario, stsLatencyMs } from "../scenario.ts";

/** As many as a processor can begin to serve within the time that a call to the table has. */
const atOncePerProcessor = 20;

/** Nothing is kept. */
export const cold: Scenario = {
  name: "cold",
  async play({ fleet, callers }) {
    const all = await fleet.burst("cold");
    const few = Math.min(callers, atOncePerProcessor * availableParallelism());
    const atOnce = await fleet.burst("cold-at-once", { callers: few, overMs: 0 });
    return [
      rowOf("cold start", all, (row) => [exactlyOneCall(row), percentileWithin(99, 4 * stsLatencyMs)(row)]),
      rowOf("cold start, all at once", atOnce, (row) => [
        exactlyOneCall(row),
        percentileWithin(99, 4 * stsLatencyMs)(row),
      ]),
    ];
  },
};
