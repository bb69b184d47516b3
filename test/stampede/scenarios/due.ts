import { setTimeout as sleep } from "node:timers/promises";
import { percentileWithin, rowOf, type Scenario } from "../scenario.ts";

/** So slow that a caller that waited for it would show. */
const slowStsMs = 2_000;
const renewedWithinMs = 10_000;

/** The session in the table is due, and still servable: all callers get it, while one has it issued anew. */
export const due: Scenario = {
  name: "due",
  async play({ fleet, sts, warm, keep }) {
    await sts.ask("meet", { latencyMs: slowStsMs });
    await keep.put("due", { issuedAgo: 26, left: 34, dueAgo: 1 });
    const before = await keep.accessKeyId("due");
    await warm[0].ask("count");
    const burst = await fleet.burst("due");
    const renewed = await isRenewed();
    const late = await sts.ask("count");
    const calls = burst.sts.cameAt.length + late.cameAt.length;
    const events = await warm[0].ask("count");
    const row = rowOf("due but servable", burst, (one) => [
      { says: "exactly 1 STS call", holds: calls === 1, kind: "count" },
      { says: "the warm function is asked once", holds: events === 1, kind: "count" },
      { says: "another session is kept afterwards", holds: renewed, kind: "count" },
      percentileWithin(100, slowStsMs / 2)(one),
    ]);
    return [{ ...row, stsCalls: calls }];

    async function isRenewed(): Promise<boolean> {
      const until = Date.now() + renewedWithinMs;
      while (Date.now() < until) {
        if ((await keep.accessKeyId("due")) !== before) return true;
        await sleep(100);
      }
      return false;
    }
  },
};
