import { expect, test } from "vitest";
import { entryKey } from "../../shared/core/entry-key.ts";
import { alice, sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet } from "./simulated-fleet.ts";

const request = sampleRequest(sampleStorage("session-token"));
const key = entryKey(request);
const warrant = { principal: alice, ask: { storage: "lake" }, grant: "lake-readers" };

test("the warmer is asked from the very millisecond at which an entry is due, and not before", async () => {
  const { clock, table, instance, warmerRequests } = await createFleet();
  await instance().obtain(request, { warrant });
  await instance().obtain(request, { warrant });
  const { dueAt = Number.NaN } = (await table.get(key)) ?? {};
  clock.advance(dueAt - clock.now() - 1);
  await instance().obtain(request, { warrant });
  expect(warmerRequests).toEqual([]);
  clock.advance(1);
  await instance().obtain(request, { warrant });
  expect(warmerRequests).toEqual([key]);
});
