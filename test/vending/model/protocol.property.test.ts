import fc from "fast-check";
import { expect, test } from "vitest";
import type { VendError } from "../../../shared/core/errors.ts";
import { plans } from "./plan.ts";
import { type History, play } from "./play.ts";
import { rules } from "./rules.ts";

// `npm test` takes the first; the variable sets another.
const numRuns = Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 300);

async function broken(history: History): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(rules).map(async ([rule, check]) =>
      (await check(history)).map((how) => `BROKEN: ${rule}. ${how}`),
    ),
  );
  return found.flat();
}

/** What is told of an answer: a rule about what never happens holds for nothing. */
function kindsOf({ answers }: History): string[] {
  return answers.flatMap(({ obtained, error }) => {
    if (obtained === undefined) return [(error as VendError).code];
    const { cache, stale, tookOver, waitedMs, reason = "" } = obtained;
    return [
      cache,
      ...(stale ? ["stale"] : []),
      ...(tookOver ? ["took over"] : []),
      ...(waitedMs ? ["waited"] : []),
      ...["waited too long", "without the table", "not kept"].filter((why) => reason.startsWith(why)),
    ];
  });
}

const allKinds = [
  ...["memory", "table", "issued", "stale", "took over", "waited", "waited too long"],
  ...["without the table", "not kept", "throttled", "unavailable", "storage_misconfigured"],
];

test("the protocol keeps its rules, whatever comes first, is slow, fails, dies or is askew", async () => {
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
      const history = await play(plan, scheduler);
      expect(await broken(history)).toEqual([]);
      for (const kind of kindsOf(history)) kinds.add(kind);
    }),
    { numRuns },
  );
  if (numRuns >= 300) expect([...kinds]).toEqual(expect.arrayContaining(allKinds));
});
