import fc from "fast-check";
import { expect, test } from "vitest";
import { plans } from "./plan.ts";
import { type History, play } from "./play.ts";
import { rules } from "./rules.ts";

// `npm test` takes the first; the variable sets another.
const numRuns = Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 300);
const timeout = 60_000 + numRuns * 20;

async function broken(history: History): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(rules).map(async ([rule, check]) =>
      (await check(history)).map((how) => `BROKEN: ${rule}. ${how}`),
    ),
  );
  return found.flat();
}

test(
  "the protocol keeps its rules, whatever comes first, is slow, fails, dies or is askew",
  { timeout },
  () =>
    fc.assert(
      fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
        const history = await play(plan, scheduler);
        expect(await broken(history)).toEqual([]);
      }),
      { numRuns },
    ),
);
