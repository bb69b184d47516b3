import { setTimeout as sleep } from "node:timers/promises";
import { callsAtMost, isToldToComeBack, type Row, rowOf, type Scenario, stsLatencyMs } from "../scenario.ts";
import type { Stage } from "../stage.ts";

/** From an STS as it should be to one that hardly any client would wait for. */
const latencies = [300, 700, 1_000, 3_000, 8_000];
/** No caller is told to come back later than this. */
const comeBackMs = 10_000;

/**
 * A slow STS is still an STS. It is asked twice for a scope at most: by the caller that could not wait, and by the warmer.
 * All callers have the session at once, or after the time that they were told.
 */
export const slowSts: Scenario = {
  name: "slow-sts",
  async play(stage) {
    const rows: Row[] = [];
    try {
      for (const latencyMs of latencies) rows.push(...(await bear(stage, latencyMs)));
    } finally {
      await stage.sts.ask("meet", { latencyMs: stsLatencyMs });
    }
    return rows;
  },
};

async function bear({ fleet, sts }: Stage, latencyMs: number): Promise<Row[]> {
  const scope = `slow-sts-${latencyMs}`;
  // The answer before the burst is from the table, so that only the burst meets the slow STS.
  const first = await fleet.burst(scope, { ahead: async () => void (await sts.ask("meet", { latencyMs })) });
  await sleep(comeBackMs);
  const second = await fleet.again(scope);
  const stsCalls = first.sts.cameAt.length + second.sts.cameAt.length;
  const firstRow = rowOf(
    `STS takes ${latencyMs / 1_000} s, cold`,
    first,
    () => [],
    (answer) => answer.status === 200 || isToldToComeBack(answer),
  );
  const secondRow = { ...rowOf("… after the Retry-After", second, () => []), stsCalls };
  return [firstRow, { ...secondRow, bounds: [...secondRow.bounds, callsAtMost(2)(secondRow)] }];
}
