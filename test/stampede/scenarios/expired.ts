import { exactlyOneCall, percentileWithin, rowOf, type Scenario, stsLatencyMs } from "../scenario.ts";

/** The session in the table expired an hour ago, and DynamoDB has not deleted it. */
export const expired: Scenario = {
  name: "expired",
  async play({ fleet, keep }) {
    await keep.put("expired", { issuedAgo: 120, left: -60 });
    const burst = await fleet.burst("expired");
    return [
      rowOf("hard expiry", burst, (row) => [
        exactlyOneCall(row),
        percentileWithin(99, 4 * stsLatencyMs)(row),
      ]),
    ];
  },
};
