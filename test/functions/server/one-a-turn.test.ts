import { setImmediate as turnOfLoop } from "node:timers/promises";
import { expect, test } from "vitest";
import { oneATurn } from "../../../functions/server/one-a-turn.ts";

test("in each turn of the event loop one goes on, in their order", async () => {
  const turn = oneATurn();
  const went: number[] = [];
  for (const n of [1, 2, 3]) void turn().then(() => went.push(n));
  const seen: number[][] = [];
  for (let n = 0; n < 4; n++) {
    seen.push([...went]);
    await turnOfLoop();
  }
  expect(seen).toEqual([[], [1], [1, 2], [1, 2, 3]]);
});

test("a turn that is asked for after all have gone comes, too", async () => {
  const turn = oneATurn();
  await turn();
  await turn();
  await Promise.all([turn(), turn()]);
});
