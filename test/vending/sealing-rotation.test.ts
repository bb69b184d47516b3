import { expect, test } from "vitest";
import { createSeal } from "../../shared/aws/seal.ts";
import { sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet } from "./simulated-fleet.ts";

// What a change of the sealing key costs: the earlier key opens what it sealed, and instances learn of the next one by meeting it.

const keys = (current: string, ...ids: string[]) =>
  JSON.stringify({
    current,
    ...Object.fromEntries(ids.map((id) => [id, `the sealing key ${id} of all these tests`])),
  });

const scopes = ["a/", "b/", "c/", "d/"];
const requestFor = (prefix: string) =>
  sampleRequest(sampleStorage("federation-token"), {
    scope: { prefixes: [prefix] },
    durationSeconds: 43_200,
  });

async function createRotatingFleet() {
  const fleet = await createFleet();
  const secret = { text: keys("k1", "k1"), reads: 0 };
  /** An instance with a seal of its own, which knows only what it has read. */
  const instance = () => {
    const read = async () => {
      secret.reads++;
      return secret.text;
    };
    return fleet.instance({ seal: createSeal(read, fleet.clock, () => expect.unreachable("tampered")) });
  };
  const vendAll = async (instances: ReturnType<typeof instance>[]) => {
    for (const { obtain } of instances) for (const scope of scopes) await obtain(requestFor(scope));
    // Instances forget what they have seen for five seconds.
    fleet.clock.advance(6_000);
  };
  return { ...fleet, secret, instance, vendAll, issues: () => fleet.sts.requests.length };
}

test("a next key that is current beside the earlier one costs no issue at all: all instances open both", async () => {
  const { clock, instance, issues, secret, vendAll } = await createRotatingFleet();
  const old = [instance(), instance()];
  await vendAll(old);
  expect(issues()).toBe(scopes.length);
  clock.advance(60_000);
  secret.text = keys("k2", "k1", "k2");
  const all = [...old, instance(), instance()];
  for (let round = 0; round < 5; round++) await vendAll(all);
  expect(issues()).toBe(scopes.length);
});

test("an instance that knew the earlier key alone reads what the next one sealed, and seals by it from then on", async () => {
  const { clock, instance, issues, secret, table, vendAll } = await createRotatingFleet();
  const old = instance();
  await vendAll([old]);
  clock.advance(60_000);
  secret.text = keys("k2", "k1", "k2");
  const fresh = instance();
  const elsewhere = sampleRequest(sampleStorage("federation-token"), {
    scope: { prefixes: ["new/"] },
    durationSeconds: 43_200,
  });
  await fresh.obtain(elsewhere);
  expect(issues()).toBe(scopes.length + 1);
  const { session } = await old.obtain(elsewhere);
  expect(session.accessKeyId).toBe(`ASIA${String(scopes.length + 1).padStart(16, "0")}`);
  expect(issues()).toBe(scopes.length + 1);
  // Two reads by the first instance and one by the other.
  expect(secret.reads).toBe(3);
  const later = { ...elsewhere, durationSeconds: 7_200 };
  await old.obtain(later);
  const { entryKey } = await import("../../shared/core/entry-key.ts");
  expect((await table.get(entryKey(later)))?.sealed).toMatch(/^k2\./);
});

test("in the minute after a read, an instance misses what the next key sealed, once for a scope", async () => {
  const { instance, issues, secret, vendAll } = await createRotatingFleet();
  const old = [instance(), instance()];
  await vendAll(old.slice(0, 1));
  // The second one reads the secret right before the change.
  await vendAll(old);
  secret.text = keys("k2", "k1", "k2");
  const fresh = instance();
  const before = issues();
  for (const scope of scopes) await fresh.obtain({ ...requestFor(scope), durationSeconds: 7_200 });
  expect(issues()).toBe(before + scopes.length);
  for (let round = 0; round < 3; round++)
    for (const one of [...old, fresh])
      for (const scope of scopes) await one.obtain({ ...requestFor(scope), durationSeconds: 7_200 });
  expect(issues()).toBeLessThanOrEqual(before + 2 * scopes.length);
});

test("when the earlier key is taken out at its time, nothing that it sealed is asked for any more", async () => {
  const { clock, instance, issues, secret, vendAll } = await createRotatingFleet();
  const old = instance();
  await vendAll([old]);
  clock.advance(60_000);
  secret.text = keys("k2", "k1", "k2");
  // Two days in which sessions are issued anew: first of all by the instance that knows the earlier key alone.
  for (let hour = 0; hour < 48; hour++) {
    await vendAll([old, instance()]);
    clock.advance(3_600_000 - 6_000);
  }
  await vendAll([old]);
  const before = issues();
  secret.text = keys("k2", "k2");
  await vendAll([instance(), instance()]);
  expect(issues()).toBe(before);
});
