import { expect, test } from "vitest";
import { fakeService } from "../aws/fake-service.ts";
import { sampleGrant, sampleStorage } from "./samples.ts";
import { createService } from "./vending-service.ts";

// A grant's end, from the request to the duration that STS is asked for and the session that the caller gets.

/** An STS that gives so many seconds more than a call asks for. It remembers the durations of all calls. */
async function createSts(moreSeconds: number, now: () => number) {
  const durations: number[] = [];
  const { url } = await fakeService((body) => {
    const seconds = Number(new URLSearchParams(body).get("DurationSeconds"));
    durations.push(seconds);
    const expiration = new Date(now() + (seconds + moreSeconds) * 1_000).toISOString();
    const credentials = `<AccessKeyId>ASIA${durations.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration>`;
    return {
      status: 200,
      body: `<AssumeRoleResponse><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    };
  });
  return { url, durations };
}

async function createWorld({ moreSeconds = 0, endsInSeconds = 4_000 } = {}) {
  let now = Date.now;
  const sts = await createSts(moreSeconds, () => now());
  const expires = Date.now() + endsInSeconds * 1_000;
  const service = await createService(
    () => [sampleStorage("assume-role", { stsEndpoint: sts.url })],
    [sampleGrant({ expires })],
  );
  now = service.clock.now;
  return { ...service, sts, expires };
}

test("no issued session ends after the grant, and one session serves all callers until then", async () => {
  const { instance, clock, sts, expires } = await createWorld();
  const ask = { storage: "lake", durationSeconds: 43_200 };
  const first = await instance().vend(ask);
  expect(Date.parse(first.Expiration)).toBeLessThanOrEqual(expires);
  expect(first).toMatchObject({ DurationCappedBy: "grant" });
  clock.advance(60_000);
  const second = await instance().vend(ask);
  expect(second.AccessKeyId).toBe(first.AccessKeyId);
  expect(sts.durations).toHaveLength(1);
});

test("a session that STS makes longer than the call asked for is not handed out, and the trail says why", async () => {
  const { instance, records } = await createWorld({ moreSeconds: 60 });
  await expect(instance().vend({ storage: "lake", durationSeconds: 43_200 })).rejects.toMatchObject({
    code: "storage_misconfigured",
  });
  expect(records).toEqual([
    expect.objectContaining({
      decision: "refused",
      reason: expect.stringContaining("beyond the grant's end"),
    }),
  ]);
});

test("when a grant has less time left than the shortest session, STS is not asked", async () => {
  const { instance, sts } = await createWorld({ endsInSeconds: 1_799 });
  await expect(instance().vend({ storage: "lake" })).rejects.toMatchObject({ code: "no_grant" });
  expect(sts.durations).toEqual([]);
});
