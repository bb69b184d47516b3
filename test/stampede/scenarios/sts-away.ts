import { setTimeout as sleep } from "node:timers/promises";
import type { Burst } from "../fleet.ts";
import {
  exactlyOneCall,
  oneCallInTwoSeconds,
  percentileWithin,
  type Row,
  rowOf,
  type Scenario,
  stsLatencyMs,
} from "../scenario.ts";
import type { Stage } from "../stage.ts";
import type { BurstAnswer } from "../worker.ts";

/** Longer than the failures of one burst make the storage pause. */
const recoveryMs = 10_000;

const isStale = ({ status, audit }: BurstAnswer) => status === 200 && audit?.stale === true;

/** STS gives nothing for a while, and the table holds a session past its serving time: that is better than none. */
export const stsAway: Scenario = {
  name: "sts-away",
  async play(stage) {
    const { sts } = stage;
    const bear = (way: string, begin: () => Promise<unknown>, end: () => Promise<unknown>) =>
      bearWith(stage, way, begin, end);
    const meet = (fault?: "throttled" | "hanging") => () =>
      sts.ask("meet", { latencyMs: stsLatencyMs, ...(fault && { fault }) });
    return [
      ...(await bear("throttled", meet("throttled"), meet())),
      ...(await bear(
        "down",
        () => sts.ask("down"),
        () => sts.ask("up"),
      )),
      ...(await bear("hanging", meet("hanging"), meet())),
    ];
  },
};

async function bearWith(
  { fleet, keep }: Stage,
  way: string,
  begin: () => Promise<unknown>,
  end: () => Promise<unknown>,
): Promise<Row[]> {
  const scope = `sts-away-${way}`;
  await keep.put(scope, { issuedAgo: 40, left: 20 });
  let away: Burst;
  try {
    away = await fleet.burst(scope, { ahead: async () => void (await begin()) });
  } finally {
    await end();
  }
  await sleep(recoveryMs);
  const back = await fleet.again(scope);
  return [
    rowOf(
      `STS ${way}, 20 minutes left`,
      away,
      (row) => [oneCallInTwoSeconds(fleet.overMs)(row), percentileWithin(99, 1_000)(row)],
      isStale,
    ),
    rowOf(
      "… and afterwards",
      back,
      (row) => [exactlyOneCall(row)],
      (answer) => answer.status === 200 && !isStale(answer),
    ),
  ];
}
