import { exactlyOneCall, percentileWithin, rowOf, type Scenario, stsLatencyMs } from "../scenario.ts";

/** Nothing is kept. */
export const cold: Scenario = {
  name: "cold",
  async play({ fleet }) {
    const burst = await fleet.burst("cold");
    return [
      rowOf("cold start", burst, (row) => [
        exactlyOneCall(row),
        percentileWithin(99, 4 * stsLatencyMs, "deciding time")(row),
      ]),
    ];
  },
};
