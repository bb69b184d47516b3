import { UpdateSecretVersionStageCommand } from "@aws-sdk/client-secrets-manager";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dayMs, hourMs } from "../../../shared/core/rotating-secret.ts";
import { RotationFault } from "../../../shared/vending/rotate/ports.ts";
import { rotationSteps } from "../../../shared/vending/rotate/rotate-step.ts";
import { Crash, createRotationWorld, secret } from "./rotation-world.ts";

// `npm test` uses the default; the variable sets another number.
const numRuns = Math.min(Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 30), 2_000);

/** Where a process dies; `undefined` if it lives. */
const death = fc.option(fc.record({ call: fc.integer({ min: 1, max: 30 }), isAfter: fc.boolean() }), {
  nil: undefined,
  freq: 2,
});
const rotation = fc.record({ kind: fc.constant("rotate" as const), death });
const event = fc.oneof(
  { weight: 4, arbitrary: rotation },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("step" as const),
      name: fc.constantFrom(...rotationSteps),
      death,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("tend" as const), death }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1_000, hourMs, 13 * hourMs, dayMs, 2 * dayMs),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("put", "put", "swap", "give-up", "stranger", "stranger-goes"),
    }),
  },
);

type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

/** Plays events, and checks after each what must hold whatever happens. */
async function play(events: readonly Event[], kinds: Set<string>): Promise<void> {
  const world = await createRotationWorld();
  const { keys, makeByHand, putByHand, read, rotator, secrets, secretsClient, wait } = world;
  const strangers = new Set<string>();
  /** When a key was the current one last, and since when it is inactive: not later than these times. */
  const lastCurrent = new Map<string, number>();
  const inactiveSince = new Map<string, number>();
  let before = keys().map(({ accessKeyId, status }) => ({ accessKeyId, status }));
  let current = (await read("AWSCURRENT"))?.accessKeyId ?? "";
  let byHand = 0;

  async function holder(label: string): Promise<string | undefined> {
    const { stages } = await secrets.look(secret);
    return [...stages].find(([, labels]) => labels.includes(label))?.[0];
  }
  /** The version that Secrets Manager rotates to: one that is pending already is tried again. */
  async function pending(): Promise<string> {
    const [at, now] = [await holder("AWSPENDING"), await holder("AWSCURRENT")];
    return at !== undefined && at !== now ? at : world.begin();
  }
  async function move(label: string, from?: string, to?: string): Promise<void> {
    if (from === undefined) return;
    const stage = { SecretId: secret, VersionStage: label, RemoveFromVersionId: from, MoveToVersionId: to };
    await secretsClient.send(new UpdateSecretVersionStageCommand(stage));
  }
  const hand = () => `AKIABYHAND${String(++byHand).padStart(10, "0")}`;

  async function happen(one: Event): Promise<void> {
    const { death } = "death" in one ? one : {};
    const process = rotator((_, when, call) => {
      if (call === death?.call && (when === "after") === death.isAfter) throw new Crash();
    });
    if (one.kind === "rotate") await process.steps(await pending());
    else if (one.kind === "step") await process.step(one.name, await pending());
    else if (one.kind === "tend") await process.tend();
    else if (one.kind === "wait") await wait(one.ms);
    else if (one.kind === "swap") await swap();
    else if (one.kind === "give-up") await move("AWSPENDING", await holder("AWSPENDING"));
    else if (one.kind === "stranger-goes") forget();
    else if (keys().length < 2) {
      // An operator uses a key that it makes, so that it looks like no key that was left behind.
      const key = makeByHand(hand(), { isUsed: true });
      if (one.kind === "put") await putByHand(key);
      else strangers.add(key.accessKeyId);
    }
  }
  /** No operator swaps back to a key that does not work any more. */
  async function swap(): Promise<void> {
    const previous = await read("AWSPREVIOUS");
    const works = keys().some(
      ({ accessKeyId, status }) => accessKeyId === previous?.accessKeyId && status === "Active",
    );
    if (works) await move("AWSCURRENT", await holder("AWSCURRENT"), await holder("AWSPREVIOUS"));
  }
  function forget(): void {
    for (const id of strangers) if (id !== current) world.accounts.users.get("lake")?.keys.delete(id);
    strangers.clear();
    before = keys().map(({ accessKeyId, status }) => ({ accessKeyId, status }));
  }

  async function check(began: number): Promise<void> {
    const next = (await read("AWSCURRENT"))?.accessKeyId ?? "";
    if (next !== current) lastCurrent.set(current, began);
    lastCurrent.delete(next);
    current = next;
    const now = keys();
    expect(now.find(({ accessKeyId }) => accessKeyId === current)?.status, "the current key works").toBe(
      "Active",
    );
    for (const { accessKeyId, status } of before) {
      const after = now.find((key) => key.accessKeyId === accessKeyId);
      if (strangers.has(accessKeyId)) expect(after?.status, "a key of nobody's is left alone").toBe("Active");
      const since = lastCurrent.get(accessKeyId);
      if (since === undefined) continue;
      if (status === "Active") expect(after, "an active key that was in use is not deleted").toBeDefined();
      if (status === "Active" && after?.status === "Inactive") {
        kinds.add("deactivated");
        expect(Date.now() - since, "a key that was in use overlaps").toBeGreaterThanOrEqual(13 * hourMs);
        inactiveSince.set(accessKeyId, began);
      }
      if (after === undefined) {
        kinds.add("deleted");
        const inactive = inactiveSince.get(accessKeyId) ?? Number.NaN;
        expect(Date.now() - inactive, "it can come back for a day").toBeGreaterThanOrEqual(dayMs);
      }
    }
    before = now.map(({ accessKeyId, status }) => ({ accessKeyId, status }));
  }

  for (const one of events) {
    const began = Date.now();
    try {
      await happen(one);
      kinds.add(one.kind);
    } catch (error) {
      if (!(error instanceof Crash || error instanceof RotationFault)) throw error;
      expect(error.message).not.toMatch(/AKIA/);
      kinds.add(error instanceof Crash ? "crash" : error.message.replace(/ .*/s, ""));
    }
    await check(began);
  }

  // When nobody else has a key any more, all comes to rest, and the next rotation succeeds.
  forget();
  for (let day = 0; day < 5; day++) {
    await wait(dayMs);
    await rotator().tend();
    await check(Date.now());
  }
  const last = current;
  await rotator().steps(await pending());
  expect((await read("AWSCURRENT"))?.accessKeyId).not.toBe(last);
}

test("whatever dies, is done twice or by hand, no key in use is lost, and the rotation goes on in the end", async () => {
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 4, maxLength: 16 }), (events) => play(events, kinds)),
    { numRuns },
  );
  expect([...kinds]).toEqual(
    expect.arrayContaining(["rotate", "tend", "crash", "deactivated", "deleted", "put"]),
  );
}, 240_000);
