import { expect, test } from "vitest";
import { joinedTables } from "../../../functions/server/joined-tables.ts";
import { createMemoryTables } from "../../../shared/aws/memory-tables.ts";
import type { Entry } from "../../../shared/vending/ports.ts";

const now = 1_000_000;

/** Tables whose reads and claims are counted, and each end when the test says so. */
function slowTables() {
  const memory = createMemoryTables({ now: () => now });
  const waiting: (() => void)[] = [];
  const calls = { get: 0, claim: 0, markUsed: 0 };
  const turn = () => new Promise<void>((resolve) => waiting.push(resolve));
  const tables = joinedTables({
    ...memory,
    entries: {
      async get(key) {
        calls.get += 1;
        const entry = await memory.entries.get(key);
        await turn();
        return entry;
      },
    },
    async loadIssuing() {
      const issuing = await memory.loadIssuing();
      const claim: typeof issuing.claims.claim = async (...asked) => {
        calls.claim += 1;
        await turn();
        return issuing.claims.claim(...asked);
      };
      const markUsed: typeof issuing.uses.markUsed = async (...asked) => {
        calls.markUsed += 1;
        await turn();
        await issuing.uses.markUsed(...asked);
      };
      return { ...issuing, claims: { ...issuing.claims, claim }, uses: { markUsed } };
    },
  });
  /** Ends what waits, and what waits then, until nothing does. */
  async function endAll(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (waiting.length === 0) return;
      for (const end of waiting.splice(0)) end();
    }
  }
  return { memory, tables, calls, endAll };
}

test("callers of one row share its reads, and none gets what was read before it asked", async () => {
  const { memory, tables, calls, endAll } = slowTables();
  const early = tables.entries.get("one");
  const { claims } = await memory.loadIssuing();
  await claims.claim("one", undefined, now, 1_000);
  const late = Array.from({ length: 50 }, () => tables.entries.get("one"));
  const other = tables.entries.get("two");
  await endAll();
  expect(await early).toBeUndefined();
  for (const entry of await Promise.all(late)) expect(entry).toMatchObject({ key: "one" });
  expect(await other).toBeUndefined();
  expect(calls.get).toBe(3);
  const again = tables.entries.get("one");
  await endAll();
  expect(await again).toMatchObject({ key: "one" });
  expect(calls.get).toBe(4);
});

test("of callers that claim together one asks the table, and the next may claim after it", async () => {
  const { tables, calls, endAll } = slowTables();
  const { claims } = await tables.loadIssuing();
  const claim = (seen?: Entry) => claims.claim("one", seen, now, 1_000);
  const all = [claim(), claim(), claim()];
  await endAll();
  const [won, ...lost] = await Promise.all(all);
  expect(won).toBeGreaterThan(0);
  expect(lost).toEqual([undefined, undefined]);
  expect(calls.claim).toBe(1);
  const next = claim({ key: "one", generation: won ?? 0 });
  await endAll();
  expect(await next).toBe((won ?? 0) + 1);
});

test("one mark of a use counts for all that come with it, and for no other generation", async () => {
  const { tables, calls, endAll } = slowTables();
  const { uses } = await tables.loadIssuing();
  const marks = [7, 7, 7, 8].map((generation) => uses.markUsed("one", generation, now));
  await endAll();
  await Promise.all(marks);
  expect(calls.markUsed).toBe(2);
});

test("a read or a claim that fails takes down no later one", async () => {
  let fails = true;
  const memory = createMemoryTables({ now: () => now });
  const fault = async () => {
    if (fails) throw new Error("away");
    return undefined;
  };
  const tables = joinedTables({
    ...memory,
    entries: { get: fault },
    loadIssuing: async () => {
      const issuing = await memory.loadIssuing();
      return { ...issuing, claims: { ...issuing.claims, claim: fault } };
    },
  });
  const { claims } = await tables.loadIssuing();
  await expect(tables.entries.get("one")).rejects.toThrow("away");
  await expect(claims.claim("one", undefined, now, 1)).rejects.toThrow("away");
  const [first, second] = [tables.entries.get("one"), tables.entries.get("one")];
  await expect(first).rejects.toThrow("away");
  fails = false;
  expect(await second.catch(() => "away")).toBeOneOf([undefined, "away"]);
  expect(await tables.entries.get("one")).toBeUndefined();
  expect(await claims.claim("one", undefined, now, 1)).toBeUndefined();
});
