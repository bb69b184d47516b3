import { availableParallelism } from "node:os";
import { exactlyOneCall, percentileWithin, rowOf, type Scenario, stsLatencyMs } from "../scenario.ts";

/** As many callers as a processor can begin to serve within the time limit of a call to the table. */
const atOncePerProcessor = 20;

/** The table holds no session. */
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
