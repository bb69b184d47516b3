import {
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { expect, test } from "vitest";
import { dayMs, hourMs } from "../../../shared/core/rotating-secret.ts";
import { RotationFault } from "../../../shared/vending/rotate/ports.ts";
import { createRotationWorld, firstKey, functionArn, secret } from "./rotation-world.ts";

const quiet = { ageDays: 100, isOverdue: true, unknownKeys: 0, oldKey: "none", hasNewSchedule: false };

async function faultOf(work: Promise<unknown>): Promise<string> {
  const fault = await work.then(
    () => expect.unreachable("it was not refused"),
    (error: Error) => error,
  );
  expect(fault).toBeInstanceOf(RotationFault);
  expect(fault.message).not.toMatch(/AKIA|secret"/);
  return fault.message;
}

/** A world in which the key has just been rotated. */
async function rotated() {
  const world = await createRotationWorld();
  await world.rotator().steps(await world.begin());
  return world;
}

test("four steps make the user's second key the current one, and the first the previous one", async () => {
  const { keys, read } = await rotated();
  const current = await read("AWSCURRENT");
  expect(keys().map(({ accessKeyId, status }) => [accessKeyId, status])).toEqual([
    [firstKey.accessKeyId, "Active"],
    [current?.accessKeyId, "Active"],
  ]);
  expect(keys()[1]?.secretAccessKey).toBe(current?.secretAccessKey);
  expect(await read("AWSPREVIOUS")).toEqual(firstKey);
  expect(await read("AWSPENDING")).toBeUndefined();
});

test("each step can be taken again, also after the last", async () => {
  const { begin, keys, read, rotator } = await createRotationWorld();
  const version = await begin();
  const { step } = rotator();
  for (const name of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
    await step(name, version);
    await step(name, version);
  }
  const current = await read("AWSCURRENT");
  await rotator().steps(version);
  expect(await read("AWSCURRENT")).toEqual(current);
  expect(await read("AWSPENDING")).toBeUndefined();
  expect(keys()).toHaveLength(2);
});

test("an old key stays for the longest session and an hour, is deactivated then, and deleted a day later", async () => {
  const { keys, rotator, wait } = await rotated();
  const { tend } = rotator();
  const states = async () => [
    (await tend()).oldKey,
    keys()
      .map(({ status }) => status)
      .join(" "),
  ];
  await wait(13 * hourMs - 60_000);
  expect(await states()).toEqual(["kept", "Active Active"]);
  await wait(60_000);
  expect(await states()).toEqual(["deactivated", "Inactive Active"]);
  expect(await states()).toEqual(["kept", "Inactive Active"]);
  await wait(dayMs - 60_000);
  expect(await states()).toEqual(["kept", "Inactive Active"]);
  await wait(60_000);
  expect(await states()).toEqual(["deleted", "Active"]);
  expect(await states()).toEqual(["none", "Active"]);
});

test("a rotation that is asked for before says from when on there is room, and that is true", async () => {
  const { begin, keys, rotator, wait, read } = await rotated();
  const version = await begin();
  const early = await faultOf(rotator().steps(version));
  expect(early).toContain("old key of keyvend-test/lake still stands beside the current one");
  const [from = ""] = /\d{4}-[-\dT:.]+Z/.exec(early) ?? [];
  expect(Date.parse(from) - Date.now()).toBeLessThan(3 * dayMs);
  await wait(14 * hourMs);
  await rotator().tend();
  const later = await faultOf(rotator().steps(version));
  const [sooner = ""] = /\d{4}-[-\dT:.]+Z/.exec(later) ?? [];
  expect(Date.parse(sooner)).toBeLessThan(Date.parse(from));
  await wait(Date.parse(sooner) - Date.now());
  const before = await read("AWSCURRENT");
  // No daily run has come in between: the rotation itself makes room.
  await rotator().steps(version);
  expect(await read("AWSPREVIOUS")).toEqual(before);
  expect(keys()).toHaveLength(2);
});

test("a new key is tested until STS has accepted it five times in a row, and only then promoted", async () => {
  const { accounts, begin, rotator, servers } = await createRotationWorld();
  const version = await begin();
  await rotator().step("createSecret", version);
  const asked = () => servers.sts.calls("GetCallerIdentity");
  // Some machines know it, others do not yet.
  accounts.newKeys.accepts = ({ tries }) => tries > 3 && tries !== 8;
  await rotator().step("testSecret", version);
  expect(asked()).toBe(3 + 4 + 1 + 5);
});

test("a key that STS does not come to accept fails the test in time, by STS's code", async () => {
  const { accounts, begin, rotator, read } = await createRotationWorld();
  const version = await begin();
  accounts.newKeys.accepts = () => false;
  expect(await faultOf(rotator().steps(version))).toMatch(
    /^STS does not accept the next key of keyvend-test\/lake each time \(InvalidClientTokenId\)/,
  );
  expect(await read("AWSCURRENT")).toEqual(firstKey);
  accounts.newKeys.accepts = () => true;
  await rotator().steps(version);
  expect(await read("AWSPREVIOUS")).toEqual(firstKey);
});

test("a key that the user has no more is given up, so that the next rotation begins anew", async () => {
  const { accounts, begin, keys, read, rotator } = await createRotationWorld();
  const version = await begin();
  await rotator().step("createSecret", version);
  accounts.users.get("lake")?.keys.delete(keys()[1]?.accessKeyId ?? "");
  expect(await faultOf(rotator().steps(version))).toBe(
    "The IAM user lake has the next key of keyvend-test/lake no more, so that its version was given up: rotate again.",
  );
  expect(await read("AWSPENDING")).toBeUndefined();
  await rotator().steps(await begin());
  expect(await read("AWSPREVIOUS")).toEqual(firstKey);
});

test.each([
  ["of nobody's", () => ({})],
  ["that was used", (at: number) => ({ createdAt: at, isUsed: true })],
  ["that was made before", (at: number) => ({ createdAt: at - 3_600_000 })],
  ["that was made long after", (at: number) => ({ createdAt: at + 3_600_000 })],
])("a second key %s is not touched, and the rotation refused", async (_, made) => {
  const { begin, keys, makeByHand, rotator, secrets } = await createRotationWorld();
  const version = await begin();
  const at = Date.now();
  const how = made(at);
  // An attempt that died before it had made a key.
  if ("createdAt" in how) await secrets.note(secret, { making: { version, at } });
  makeByHand("AKIAOFSOMEBODYELSE00", how);
  expect(await faultOf(rotator().steps(version))).toMatch(
    /^The IAM user lake has a key that .* does not hold/,
  );
  expect(keys().map(({ accessKeyId }) => accessKeyId)).toEqual([
    firstKey.accessKeyId,
    "AKIAOFSOMEBODYELSE00",
  ]);
  expect(await rotator().tend()).toEqual({ ...quiet, unknownKeys: 1 });
});

test("a secret whose current key is another user's is not rotated, nor looked after", async () => {
  const { begin, keys, putByHand, rotator } = await createRotationWorld();
  await putByHand({ accessKeyId: "AKIAFUNCTIONS0000001", secretAccessKey: "functions+own/secret" });
  const version = await begin();
  expect(await faultOf(rotator().step("createSecret", version))).toMatch(
    /^The current key in keyvend-test\/lake is none of the IAM user lake/,
  );
  expect(await faultOf(rotator().tend())).toMatch(/no active key of the IAM user lake\.$/);
  expect(keys().map(({ status }) => status)).toEqual(["Active"]);
});

test("an empty secret says what to do", async () => {
  const { begin, rotator, secretsClient } = await createRotationWorld();
  await secretsClient.send(new PutSecretValueCommand({ SecretId: secret, SecretString: "nothing yet" }));
  expect(await faultOf(rotator().steps(await begin()))).toBe(
    "The secret keyvend-test/lake holds no key yet: put one of the user lake into it.",
  );
});

test("a version that is not pending is not rotated to", async () => {
  const { rotator } = await createRotationWorld();
  for (const step of ["createSecret", "testSecret", "finishSecret"] as const)
    expect(await faultOf(rotator().step(step, "00000000-0000-4000-8000-000000000000"))).toMatch(
      /not pending/,
    );
});

test("a pending version without a key of the user's is never promoted", async () => {
  const { begin, rotator, read, keys, accounts } = await createRotationWorld();
  const version = await begin();
  expect(await faultOf(rotator().step("finishSecret", version))).toMatch(/holds no active key/);
  await rotator().step("createSecret", version);
  const [, second] = keys();
  accounts.users.get("lake")?.keys.delete(second?.accessKeyId ?? "");
  expect(await faultOf(rotator().step("finishSecret", version))).toMatch(/holds no active key/);
  expect(await read("AWSCURRENT")).toEqual(firstKey);
});

test("when rotation is turned on, Secrets Manager's own test is made with the current key", async () => {
  const { begin, rotator, servers } = await createRotationWorld();
  const version = await begin();
  await rotator().step("testSecret", version);
  expect(servers.sts.calls("GetCallerIdentity")).toBe(5);
});

test("a daily run turns rotation on, once, and follows a change of the days, but not of an operator's own expression", async () => {
  const { rotator, rotating, secrets, secretsClient } = await createRotationWorld();
  expect(await rotator().tend()).toEqual({ ...quiet, hasNewSchedule: true });
  expect((await secrets.look(secret)).schedule).toEqual({ functionArn, every: 90 });
  expect(await rotator().tend()).toEqual(quiet);
  rotating.everyDays = 30;
  expect(await rotator().tend()).toMatchObject({ hasNewSchedule: true });
  expect((await secrets.look(secret)).schedule).toEqual({ functionArn, every: 30 });
  await secretsClient.send(
    new RotateSecretCommand({
      SecretId: secret,
      RotationRules: { ScheduleExpression: "cron(0 8 1 * ? *)" },
      RotateImmediately: false,
    }),
  );
  expect(await rotator().tend()).toMatchObject({ hasNewSchedule: false });
});

test("a key counts as overdue two days after it should have been rotated", async () => {
  const { rotator, rotating } = await createRotationWorld();
  for (const [everyDays, isOverdue] of [
    [97, true],
    [98, false],
    [365, false],
  ] as const) {
    rotating.everyDays = everyDays;
    expect(await rotator().tend()).toMatchObject({ ageDays: 100, isOverdue });
  }
});

test("a key that an operator puts in by hand is the current one, and the one before is retired like any", async () => {
  const { keys, makeByHand, putByHand, rotator, wait, begin } = await createRotationWorld();
  await putByHand(makeByHand("AKIABYHAND0000000001"));
  // The wait is counted from the run that sees it first.
  await wait(20 * hourMs);
  expect(await rotator().tend()).toMatchObject({ oldKey: "kept", unknownKeys: 0, ageDays: 0 });
  await wait(13 * hourMs - 1);
  expect(await rotator().tend()).toMatchObject({ oldKey: "kept" });
  await wait(1);
  expect(await rotator().tend()).toMatchObject({ oldKey: "deactivated" });
  await wait(dayMs);
  expect(await rotator().tend()).toMatchObject({ oldKey: "deleted" });
  expect(keys().map(({ accessKeyId }) => accessKeyId)).toEqual(["AKIABYHAND0000000001"]);
  await rotator().steps(await begin());
});

test("a swap back by hand starts the wait anew, for the key that is the old one now", async () => {
  const { keys, rotator, wait, secrets, secretsClient } = await rotated();
  await wait(12 * hourMs);
  const { stages } = await secrets.look(secret);
  const holder = (label: string) => [...stages].find(([, labels]) => labels.includes(label))?.[0];
  await secretsClient.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secret,
      VersionStage: "AWSCURRENT",
      MoveToVersionId: holder("AWSPREVIOUS"),
      RemoveFromVersionId: holder("AWSCURRENT"),
    }),
  );
  expect(await rotator().tend()).toMatchObject({ oldKey: "kept" });
  await wait(13 * hourMs - 1);
  expect(await rotator().tend()).toMatchObject({ oldKey: "kept" });
  await wait(1);
  expect(await rotator().tend()).toMatchObject({ oldKey: "deactivated" });
  expect(keys().map(({ accessKeyId, status }) => [accessKeyId === firstKey.accessKeyId, status])).toEqual([
    [true, "Active"],
    [false, "Inactive"],
  ]);
});

test("the old key stays while the current one does not work", async () => {
  const { keys, rotator, wait, accounts } = await rotated();
  await wait(14 * hourMs);
  accounts.newKeys.accepts = () => false;
  expect(await faultOf(rotator().tend())).toBe(
    "STS does not accept the current key of keyvend-test/lake (InvalidClientTokenId), so that the old one stays.",
  );
  const current = keys()[1];
  if (current) current.status = "Inactive";
  expect(await faultOf(rotator().tend())).toMatch(/no active key of the IAM user lake\.$/);
  expect(keys()[0]?.status).toBe("Active");
});

test("a key from which an operator took the label away is not known any more: it is left alone, and told", async () => {
  const { keys, rotator, secrets, secretsClient, wait } = await rotated();
  const { stages } = await secrets.look(secret);
  const previous = [...stages].find(([, labels]) => labels.includes("AWSPREVIOUS"))?.[0];
  await secretsClient.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secret,
      VersionStage: "AWSPREVIOUS",
      RemoveFromVersionId: previous,
    }),
  );
  await wait(30 * dayMs);
  expect(await rotator().tend()).toMatchObject({ oldKey: "none", unknownKeys: 1 });
  expect(keys().map(({ status }) => status)).toEqual(["Active", "Active"]);
});

test("an old key that an operator has disabled at once is deleted no sooner than others", async () => {
  const { keys, rotator, wait } = await rotated();
  const [old] = keys();
  if (old) old.status = "Inactive";
  expect(await rotator().tend()).toMatchObject({ oldKey: "kept" });
  await wait(dayMs);
  expect(await rotator().tend()).toMatchObject({ oldKey: "kept" });
  await wait(13 * hourMs);
  expect(await rotator().tend()).toMatchObject({ oldKey: "deleted" });
});

test("a rotation that was given up leaves its key to the next one", async () => {
  const { begin, keys, read, rotator, secretsClient, secrets } = await createRotationWorld();
  const first = await begin();
  await rotator().step("createSecret", first);
  await secretsClient.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secret,
      VersionStage: "AWSPENDING",
      RemoveFromVersionId: first,
    }),
  );
  const [, made] = keys();
  await rotator().steps(await begin());
  expect(keys()).toHaveLength(2);
  expect((await read("AWSCURRENT"))?.accessKeyId).toBe(made?.accessKeyId);
  expect((await secrets.look(secret)).note.making?.version).toBe(first);
});

test("while the maker of a key may be alive, its key is not taken for a dead one's", async () => {
  const { begin, keys, read, rotator } = await createRotationWorld();
  const version = await begin();
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let hasMade = () => {};
  const made = new Promise<void>((resolve) => {
    hasMade = resolve;
  });
  const slow = rotator(async (name, when) => {
    if (name !== "create" || when !== "after") return;
    hasMade();
    await held;
  }).step("createSecret", version);
  await made;
  const [, first] = keys();
  // The other one sees a key that nobody knows, and waits; meanwhile the maker puts it away.
  await rotator(undefined, async () => {
    goOn();
    await slow;
  }).step("createSecret", version);
  expect(keys()[1]).toBe(first);
  await rotator().steps(version);
  expect((await read("AWSCURRENT"))?.accessKeyId).toBe(keys()[1]?.accessKeyId);
});

test("a maker that took too long does not put its key away: another may have deleted it by then", async () => {
  const { begin, keys, rotator, wait, read } = await createRotationWorld();
  const version = await begin();
  const late = rotator(async (name, when) => {
    if (name === "create" && when === "after") await wait(20_001);
  });
  expect(await faultOf(late.step("createSecret", version))).toMatch(/took too long/);
  expect(await read("AWSPENDING")).toBeUndefined();
  await rotator().steps(version);
  expect(keys()).toHaveLength(2);
});
