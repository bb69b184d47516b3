import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readRevokeEvent } from "../../functions/revoke-event.ts";
import { lambdaContext } from "./context.ts";
import { startDeployment, type TestDeployment, unspeakable } from "./deployment.ts";

let deployment: TestDeployment;
let handle: (event: unknown) => Promise<unknown>;
beforeAll(async () => {
  deployment = await startDeployment();
  const handler = await deployment.coldStart("revoke");
  handle = (event) => handler(event, lambdaContext("revoke-1"));
});
afterAll(() => deployment?.close());

const alice = { kind: "principal", name: "alice", issuer: "corp" };

test("the function writes what it is asked for, and answers with all of it", async () => {
  expect(await handle({})).toEqual({ revoked: [], flushed: [] });
  const at = expect.any(Number);
  const revocation = { ...alice, by: "arn:aws:iam::111122223333:user/ada", note: "laptop lost" };
  const record = {
    revoked: [{ ...revocation, at }],
    flushed: [{ kind: "storage", name: "lake", before: at }],
  };
  expect(await handle({ revoke: revocation, alsoFlush: [{ kind: "storage", name: "lake" }] })).toEqual(
    record,
  );
  expect(await handle({})).toEqual(record);
  expect(await handle({ flush: { kind: "all" } })).toMatchObject({
    flushed: [{}, { kind: "all", name: "" }],
  });
  expect(await handle({ undo: alice })).toMatchObject({
    revoked: [],
    flushed: [{}, {}, { kind: "principal" }],
  });
});

test("each change is a line of its log, and a look is none", async () => {
  deployment.log.length = 0;
  await handle({});
  expect(deployment.log).toEqual([]);
  await handle({ revoke: { ...alice, note: "laptop lost" } });
  expect(deployment.log.map((line) => JSON.parse(line))).toEqual([
    {
      stack: "keyvend-test",
      revocation: {
        time: expect.any(String),
        requestId: "revoke-1",
        revoke: { ...alice, note: "laptop lost" },
        alsoFlush: [],
      },
    },
  ]);
  for (const secret of unspeakable) expect(deployment.log.join()).not.toContain(secret);
});

describe("an event is refused, with what is wrong, that", () => {
  test.each<[string, unknown, string]>([
    ["is none", "principal", "The event must be an object"],
    ["is of HTTP", { routeKey: "GET /", rawPath: "/" }, "routeKey, rawPath is not known"],
    [
      "wants two things",
      { undo: alice, flush: { kind: "all" } },
      "has one of revoke, undo and flush, or nothing",
    ],
    [
      "has an unknown kind",
      { revoke: { kind: "user", name: "alice" } },
      "revoke.kind must be one of principal, grant",
    ],
    ["has an unknown member", { revoke: { ...alice, until: 1 } }, "revoke.until is not known"],
    ["names nobody", { revoke: { ...alice, name: "" } }, "revoke.name must be 1 to 1000 characters"],
    [
      "has a very long name",
      { revoke: { ...alice, name: "a".repeat(1_001) } },
      "revoke.name must be 1 to 1000",
    ],
    [
      "steers a terminal",
      { revoke: { ...alice, note: "\u001b[2J" } },
      "revoke.note must be 1 to 200 characters, and no control",
    ],
    [
      "has no issuer",
      { revoke: { kind: "principal", name: "alice" } },
      "revoke.issuer must be given for a principal",
    ],
    [
      "has an issuer too much",
      { undo: { kind: "grant", name: "a", issuer: "corp" } },
      "undo.issuer must be given for a principal, and for nothing else",
    ],
    [
      "has no access key id",
      { revoke: { kind: "access-key", name: "ASIA*" } },
      "revoke.name must be an access key id",
    ],
    ["flushes nothing", { flush: { kind: "storage" } }, "flush.name must be given for everything but all"],
    ["flushes a principal", { flush: alice }, "flush.kind must be one of storage, session-name, all"],
    ["flushes beside an undo", { undo: alice, alsoFlush: [] }, "alsoFlush goes with revoke alone"],
    [
      "flushes without an end",
      { revoke: alice, alsoFlush: Array.from({ length: 101 }, () => ({ kind: "all" })) },
      "alsoFlush has at most 100 targets",
    ],
  ])("%s", async (_, event, message) => {
    expect(() => readRevokeEvent(event)).toThrow(message);
    await expect(handle(event)).rejects.toThrow(message);
  });
});
