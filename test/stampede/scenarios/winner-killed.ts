import { callsAtMost, percentileWithin, rowOf, type Scenario } from "../scenario.ts";

/** A client waits for two seconds at most. */
const patienceMs = 2_000;

/** The winner, a moment ahead of all other callers, is killed while STS works on its call. */
export const winnerKilled: Scenario = {
  name: "winner-killed",
  async play({ fleet, sts, eventFor, startLoner, keep }) {
    const winner = await startLoner();
    await keep.put("winners-first", { issuedAgo: 1, left: 59 });
    await winner.ask("answer", eventFor("winners-first"), 1);
    const burst = await fleet.burst("winner-killed", {
      async ahead() {
        const called = sts.ask("nextCall");
        const lost = winner.ask("answer", eventFor("winner-killed"), 1).catch(() => undefined);
        await called;
        await winner.kill();
        if ((await lost) !== undefined) throw new Error("The winner answered before it was killed.");
      },
    });
    return [
      rowOf("winner killed in mid-call", burst, (row) => [
        callsAtMost(2)(row),
        percentileWithin(99, patienceMs)(row),
      ]),
    ];
  },
};
