import fc from "fast-check";
import type { JsonCall } from "../../shared/aws/call.ts";
import { createEntryTable } from "../../shared/aws/entry-table.ts";
import { createIssuingTables, type IssuingTables } from "../../shared/aws/issuing-tables.ts";
import type { EntryTable } from "../../shared/vending/ports.ts";

/** One step that keyvend takes with its table. */
export interface AdapterStep {
  what: keyof typeof actions;
  key: string;
  /** How far the step's generation is behind the newest one. If this is not 0, its owner was overtaken. */
  behind: number;
  time: number;
}

interface SteppedTables extends IssuingTables {
  entries: EntryTable;
}

interface Given {
  key: string;
  generation: number;
  time: number;
}

const actions = {
  claim: async ({ entries, claims }: SteppedTables, { key, generation, time }: Given) => {
    const entry = await entries.get(key);
    return claims.claim(key, entry && { ...entry, generation }, time, 1_500);
  },
  keep: ({ claims }: SteppedTables, { key, generation, time }: Given) =>
    claims.keep({ key, generation, sealed: `sealed at ${time}`, expiration: time + 3_600_000 }),
  release: ({ claims }: SteppedTables, { key, generation }: Given) => claims.release(key, generation),
  fail: ({ claims }: SteppedTables, { key, generation, time }: Given) =>
    claims.release(key, generation, { code: "throttled", until: time + 2_000 }),
  use: ({ uses }: SteppedTables, { key, generation, time }: Given) =>
    uses.markUsed(key, generation, time + 1_800_000),
  drop: ({ dues }: SteppedTables, { key, generation }: Given) => dues.drop(key, generation),
  due: async ({ dues }: SteppedTables, { time }: Given) => {
    for await (const key of dues.due(time + 1_800_000))
      if (key === "") throw new Error("No entry has this key.");
  },
  reserve: ({ rates }: SteppedTables, { time }: Given) => rates.reserve(12.5, 3, time, time + 100),
};

export function adapterStep(keys: readonly string[]): fc.Arbitrary<AdapterStep> {
  return fc.record({
    what: fc.constantFrom(...(Object.keys(actions) as AdapterStep["what"][])),
    key: fc.constantFrom(...keys),
    behind: fc.constantFrom(0, 0, 0, 1),
    time: fc.integer({ min: 1_750_000_000_000, max: 1_750_000_000_100 }),
  });
}

/** Takes the steps one after the other. */
export async function takeSteps(
  call: JsonCall,
  tableName: string,
  steps: readonly AdapterStep[],
): Promise<void> {
  const tables: SteppedTables = {
    entries: createEntryTable(call, tableName),
    ...createIssuingTables(call, tableName),
  };
  for (const { what, key, behind, time } of steps) {
    const newest = (await tables.entries.get(key))?.generation ?? time;
    await actions[what](tables, { key, generation: newest - behind, time });
  }
}
