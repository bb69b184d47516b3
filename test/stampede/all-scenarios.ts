import type { Scenario } from "./scenario.ts";
import { cold } from "./scenarios/cold.ts";
import { expired } from "./scenarios/expired.ts";
import { winnerKilled } from "./scenarios/winner-killed.ts";

/** In the order in which they are played. */
export const allScenarios: readonly Scenario[] = [cold, expired, winnerKilled];
