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

/** STS refuses for load and the table holds no session: every caller learns when to come back, and does. */
export const stsThrottled: Scenario = {
  name: "sts-throttled",
  async play({ fleet, sts }) {
    await sts.ask("meet", { latencyMs: stsLatencyMs, fault: "throttled" });
    const burst = await fleet.burst("sts-throttled");
    await sts.ask("meet", { latencyMs: stsLatencyMs });
    const advised = Math.max(...burst.answers.map(({ retryAfterSeconds = 0 }) => retryAfterSeconds));
    await sleep(advised * 1_000);
    const back = await fleet.again("sts-throttled");
    return [
      rowOf(
        "STS throttled, nothing kept",
        burst,
        (row) => [oneCallInTwoSeconds(fleet.overMs)(row), percentileWithin(99, 1_000)(row)],
        isToldToComeBack,
      ),
      rowOf(`… and after ${advised} s`, back, (row) => [exactlyOneCall(row)]),
    ];
  },
};
