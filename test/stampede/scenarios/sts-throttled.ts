import { setTimeout as sleep } from "node:timers/promises";
import {
  exactlyOneCall,
  isToldToComeBack,
  oneCallInTwoSeconds,
  percentileWithin,
  rowOf,
  type Scenario,
  stsLatencyMs,
} from "../scenario.ts";

/** STS refuses for load and nothing is kept: everybody is told when to come back, and does. */
export const stsThrottled: Scenario = {
  name: "sts-throttled",
  async play({ fleet, sts }) {
    await sts.ask("meet", { latencyMs: stsLatencyMs, fault: "throttled" });
    const refused = await fleet.burst("sts-throttled");
    await sts.ask("meet", { latencyMs: stsLatencyMs });
    const advised = Math.max(...refused.answers.map(({ retryAfterSeconds = 0 }) => retryAfterSeconds));
    await sleep(advised * 1_000);
    const back = await fleet.again("sts-throttled");
    return [
      rowOf(
        "STS throttled, nothing kept",
        refused,
        (row) => [oneCallInTwoSeconds(fleet.overMs)(row), percentileWithin(99, 1_000)(row)],
        isToldToComeBack,
      ),
      rowOf(`… and after ${advised} s`, back, (row) => [exactlyOneCall(row)]),
    ];
  },
};
