import { expect, test } from "vitest";
import { entryKey } from "../../shared/core/entry-key.ts";
import { sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet } from "./simulated-fleet.ts";

// An error that is no fault of the table is a defect of ours: it ends the request, and no session is issued.

const request = sampleRequest(sampleStorage("session-token"));
const defect = new TypeError("a defect");
const fails = () => Promise.reject(defect);

test("a defect in reading an entry is thrown, and STS is not asked", async () => {
  const { sts, table, instance } = await createFleet();
  await expect(instance({ table: { ...table, get: fails } }).obtain(request)).rejects.toBe(defect);
  expect(sts.requests).toEqual([]);
});

test("a defect in claiming an entry is thrown, and STS is not asked", async () => {
  const { sts, table, instance } = await createFleet();
  let claims = 0;
  const claim: typeof table.claim = () => {
    claims++;
    return fails();
  };
  await expect(instance({ table: { ...table, claim } }).obtain(request)).rejects.toBe(defect);
  expect(claims).toBe(1);
  expect(sts.requests).toEqual([]);
});

test("a defect in a later read, while another caller issues, ends the waiting", async () => {
  const { clock, sts, table, instance } = await createFleet();
  await table.claim(entryKey(request), undefined, clock.now(), 1_000);
  let reads = 0;
  const get: typeof table.get = (key) => (++reads === 1 ? table.get(key) : fails());
  await expect(instance({ table: { ...table, get } }).obtain(request)).rejects.toBe(defect);
  expect(sts.requests).toEqual([]);
});
