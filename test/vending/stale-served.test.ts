import { expect, test } from "vitest";
import { DeadlinePassed, issueRefusal } from "../../shared/core/issue-refusal.ts";
import { TableUnreachable } from "../../shared/vending/ports.ts";
import { sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet } from "./simulated-fleet.ts";

const request = sampleRequest(sampleStorage("session-token"));

/** A caller with a session that has ten minutes left, and what it is told of STS. */
async function answerWhile(failure: unknown) {
  const { clock, instance, sts } = await createFleet();
  let noted = 0;
  const { obtain } = instance({ noteStale: () => void noted++ });
  await obtain(request);
  clock.advance(50 * 60_000);
  sts.answer = () => Promise.reject(failure);
  const { stale } = await obtain(request);
  return { stale, noted };
}

test("an old session in place of a new one rings the alarm of an STS that is away", async () => {
  expect(await answerWhile(issueRefusal("unavailable", "lake"))).toEqual({ stale: true, noted: 1 });
  expect(await answerWhile(issueRefusal("throttled", "lake"))).toEqual({ stale: true, noted: 1 });
});

test("our own deadline says nothing of STS, and rings no such alarm", async () => {
  expect(await answerWhile(new DeadlinePassed("lake", "STS"))).toEqual({ stale: true, noted: 0 });
});

test("a session that could not be kept ends its claim, so that the next caller need not wait for it", async () => {
  const { clock, instance, table } = await createFleet();
  let isLost = true;
  const keep: typeof table.keep = async (entry) => {
    if (isLost) throw new TableUnreachable("UpdateItem: network");
    return table.keep(entry);
  };
  const reason = "not kept: TableUnreachable: UpdateItem: network";
  expect(await instance({ table: { ...table, keep } }).obtain(request)).toMatchObject({ reason });
  isLost = false;
  const before = clock.now();
  expect(await instance().obtain(request)).toMatchObject({ cache: "issued" });
  expect(clock.now()).toBe(before);
});
