import fc from "fast-check";
import type { JsonCall } from "../../shared/aws/call.ts";
import { createEntryTable } from "../../shared/aws/entry-table.ts";
import { createIssuingTables, type IssuingTables } from "../../shared/aws/issuing-tables.ts";
import { createRevocationStore } from "../../shared/aws/revocation-store.ts";
import { createRevocationTable } from "../../shared/aws/revocation-table.ts";
import type { EntryTable, RevocationStore, RevocationTable } from "../../shared/vending/ports.ts";

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
  revocations: RevocationStore & RevocationTable;
}

interface Given {
  key: string;
  behind: number;
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
    const due: string[] = [];
    for await (const key of dues.due(time + 1_800_000)) due.push(key);
    return due.sort();
  },
  count: ({ counters }: SteppedTables, { key, time }: Given) => counters.count(`misses:${key}`, 2, time),
  pause: async ({ pauses }: SteppedTables, { key, behind, time }: Given) => {
    const pause = await pauses.pauseOf(key);
    const next = { code: "throttled", until: time + 1_000, pauseMs: 1_000 } as const;
    return pauses.setPause(key, pause && { ...pause, until: pause.until - behind }, next);
  },
  resume: async ({ pauses }: SteppedTables, { key, behind }: Given) => {
    const pause = await pauses.pauseOf(key);
    return pause && pauses.setPause(key, { ...pause, until: pause.until - behind }, undefined);
  },
  revoke: async ({ revocations }: SteppedTables, { behind, time }: Given) => {
    const seen = await revocations.read();
    const isWritten = await revocations.replace(seen && seen.version - behind, `the record of ${time}`);
    if (isWritten !== (seen === undefined || behind === 0)) throw new Error("A version was passed over.");
    if (isWritten && (await revocations.revocations()) !== `the record of ${time}`)
      throw new Error("What is written is not read.");
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

/** The ports of a table of DynamoDB. */
export function steppedTables(call: JsonCall, tableName: string): SteppedTables {
  return {
    entries: createEntryTable(call, tableName),
    revocations: {
      ...createRevocationStore(call, tableName),
      ...createRevocationTable(call, tableName),
    },
    ...createIssuingTables(call, tableName),
  };
}

/** Takes the steps one after the other, and gives what came of each, and what stands there then. */
export async function takeSteps(tables: SteppedTables, steps: readonly AdapterStep[]): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (const { what, key, behind, time } of steps) {
    const newest = (await tables.entries.get(key))?.generation ?? time;
    const outcome = await actions[what](tables, { key, behind, generation: newest - behind, time });
    outcomes.push([what, outcome, await tables.entries.get(key), await tables.pauses.pauseOf(key)]);
  }
  return outcomes;
}
