import type { Scenario } from "./scenario.ts";
import { cold } from "./scenarios/cold.ts";
import { due } from "./scenarios/due.ts";
import { expired } from "./scenarios/expired.ts";
import { largeJob } from "./scenarios/large-job.ts";
import { slowSts } from "./scenarios/slow-sts.ts";
import { stsAway } from "./scenarios/sts-away.ts";
import { stsThrottled } from "./scenarios/sts-throttled.ts";
import { tableDown, tableThrottled } from "./scenarios/table-away.ts";
import { warm } from "./scenarios/warm.ts";
import { winnerKilled } from "./scenarios/winner-killed.ts";

/** In the order in which they are played. */
export const allScenarios: readonly Scenario[] = [
  cold,
  expired,
  due,
  winnerKilled,
  slowSts,
  stsThrottled,
  stsAway,
  tableThrottled,
  tableDown,
  warm,
  largeJob,
];
