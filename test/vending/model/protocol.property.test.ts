import fc from "fast-check";
import { expect, test } from "vitest";
import type { VendError } from "../../../shared/core/errors.ts";
import { plans } from "./plan.ts";
import { type History, play } from "./play.ts";
import { rules } from "./rules.ts";

// `npm test` uses the default; the variable sets another number.
const numRuns = Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 300);

async function broken(history: History): Promise<string[]> {
  const breaches = await Promise.all(
    Object.entries(rules).map(async ([rule, check]) =>
      (await check(history)).map((how) => `BROKEN: ${rule}. ${how}`),
    ),
  );
  return breaches.flat();
}

/** The kinds of an answer. The runs must show every kind: a rule about a kind that never comes up proves nothing. */
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

test("the protocol keeps its rules in every order of events, with slow, failing and dying parts and wrong clocks", async () => {
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
