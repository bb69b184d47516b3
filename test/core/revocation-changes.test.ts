import { describe, expect, test } from "vitest";
import type { RevocationRecord } from "../../shared/core/revocation.ts";
import {
  changed,
  deniedBefore,
  deniedBeforeUndone,
  endedBefore,
  mostRecordCharacters,
} from "../../shared/core/revocation-changes.ts";

const now = Date.UTC(2026, 10, 22, 15) + 250;
const nothing: RevocationRecord = { revoked: [], flushed: [] };
const alice = { kind: "principal", name: "alice", issuer: "corp" } as const;
const lake = { kind: "storage", name: "lake" } as const;

test("sessions of the next ten seconds are ended as well, in whole seconds, and one more for the clocks", () => {
  expect(deniedBefore(now)).toBe(Date.UTC(2026, 10, 22, 15, 0, 11));
  expect(deniedBefore(Date.UTC(2026, 10, 22, 15))).toBe(Date.UTC(2026, 10, 22, 15, 0, 10));
  expect(endedBefore(now)).toBe(Date.UTC(2026, 10, 22, 15, 0, 12));
  expect(deniedBeforeUndone({ before: endedBefore(now) })).toBe(deniedBefore(now));
});

describe("what is revoked", () => {
  test("has the time of its first revocation, however often it is sent", () => {
    const once = changed(nothing, { revoke: alice, alsoFlush: [lake] }, now);
    expect(once).toEqual({
      revoked: [{ ...alice, at: now }],
      flushed: [{ ...lake, before: endedBefore(now) }],
    });
    expect(changed(once, { revoke: { ...alice, note: "again" }, alsoFlush: [lake] }, now + 60_000)).toEqual(
      once,
    );
    const more = changed(
      once,
      { revoke: alice, alsoFlush: [{ kind: "storage", name: "other" }] },
      now + 60_000,
    );
    expect(more.flushed.map(({ before }) => before)).toEqual([endedBefore(now), endedBefore(now)]);
  });

  test("with a time that is yet to come was not written by keyvend, and gets the present", () => {
    const planted = { revoked: [{ ...alice, at: now + 86_400_000 }], flushed: [] };
    expect(changed(planted, { revoke: alice }, now).revoked).toEqual([{ ...alice, at: now }]);
  });

  test("is told from what has the same name and another kind or issuer", () => {
    const one = changed(nothing, { revoke: alice }, now);
    const two = changed(one, { revoke: { ...alice, issuer: "partner" } }, now + 1);
    expect(changed(two, { revoke: { kind: "grant", name: "alice" } }, now + 2).revoked).toHaveLength(3);
  });
});

describe("an undone revocation", () => {
  test("leaves what was vended by then flushed", () => {
    const revoked = changed(nothing, { revoke: { ...alice, note: "lost" } }, now);
    expect(changed(revoked, { undo: alice }, now + 60_000)).toEqual({
      revoked: [],
      flushed: [{ ...alice, before: endedBefore(now) }],
    });
  });

  test("has to be there", () => {
    expect(() => changed(nothing, { undo: alice }, now)).toThrow(
      "The principal alice of corp is not revoked.",
    );
  });
});

describe("a flush", () => {
  test("forgets what was issued by now, and each target has its latest one", () => {
    const all = { kind: "all", name: "" } as const;
    const once = changed(nothing, { flush: all }, now);
    expect(once.flushed).toEqual([{ ...all, before: now }]);
    expect(changed(once, { flush: all }, now + 1).flushed).toEqual([{ ...all, before: now + 1 }]);
  });

  test("is kept for as long as a session can last, and no longer", () => {
    const once = changed(nothing, { flush: lake }, now);
    const day = 86_400_000;
    expect(changed(once, { revoke: alice }, now + day).flushed).toHaveLength(1);
    expect(changed(once, { revoke: alice }, now + 1.5 * day).flushed).toEqual([]);
  });
});

test("a record that would be too large is refused, and says what to do", () => {
  const long = "x".repeat(900);
  let record = nothing;
  const revokeAll = () => {
    for (let n = 0; n < 1_000; n++)
      record = changed(record, { revoke: { ...alice, name: `${long}-${n}` } }, now);
  };
  expect(revokeAll).toThrow("undo what is not needed any more");
  expect(JSON.stringify(record).length).toBeLessThanOrEqual(mostRecordCharacters);
  expect(record.revoked.length).toBeGreaterThan(30);
  // To undo is possible all the same.
  expect(changed(record, { undo: { ...alice, name: `${long}-0` } }, now).revoked).toHaveLength(
    record.revoked.length - 1,
  );
});
