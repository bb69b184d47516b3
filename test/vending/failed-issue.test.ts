import { expect, test } from "vitest";
import { entryKey } from "../../shared/core/entry-key.ts";
import { VendError } from "../../shared/core/errors.ts";
import { TableUnreachable } from "../../shared/vending/ports.ts";
import { sampleRequest, sampleStorage } from "./samples.ts";
import { clockOfEndlessClaims, createFleet } from "./simulated-fleet.ts";

const request = sampleRequest(sampleStorage("session-token"));
const key = entryKey(request);

test("a failure is the answer for ten seconds at most, however long STS says", async () => {
  const { clock, sts, instance, table } = await createFleet();
  sts.answer = () => Promise.reject(new VendError("throttled", "No.", { retryAfterSeconds: 3_600 }));
  await expect(instance().obtain(request)).rejects.toMatchObject({ code: "throttled" });
  sts.answer = async (session) => session;
  clock.advance(9_999);
  await expect(instance().obtain(request)).rejects.toMatchObject({ code: "throttled" });
  expect(sts.requests).toHaveLength(1);
  clock.advance(1);
  // The pause of the storage lasts longer, a minute at most.
  await table.setPause("lake", await table.pauseOf("lake"), undefined);
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
});

test("a failure that cannot be written down still reaches its caller, and STS is not asked twice", async () => {
  const { sts, table, instance } = await createFleet();
  const refusal = new VendError("unavailable", "STS is away.");
  sts.answer = () => Promise.reject(refusal);
  const release = () => Promise.reject(new TableUnreachable("away"));
  await expect(instance({ table: { ...table, release } }).obtain(request)).rejects.toBe(refusal);
  expect(sts.requests).toHaveLength(1);
});

test("a session still reaches its caller when it cannot be kept and its claim cannot be ended", async () => {
  const { sts, table, instance } = await createFleet();
  const broken = () => Promise.reject(new TypeError("a defect"));
  const alone = instance({ table: { ...table, keep: broken, release: broken } });
  expect(await alone.obtain(request)).toMatchObject({
    cache: "issued",
    notKept: true,
    reason: "not kept: TypeError: a defect",
  });
  expect(sts.requests).toHaveLength(1);
});

test("a session that an instance issues after it has waited too long is in its memory", async () => {
  const fleet = await createFleet();
  const impatient = fleet.instance({ clock: await clockOfEndlessClaims(fleet, key) });
  const { session } = await impatient.obtain(request);
  expect(await impatient.obtain(request)).toEqual({ session, cache: "memory" });
  expect(fleet.sts.requests).toHaveLength(1);
});
