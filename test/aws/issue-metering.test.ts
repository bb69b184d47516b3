import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import type { VendingStorage } from "../../shared/core/ways.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";
import { stsError } from "./sts-answers.ts";

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => vi.restoreAllMocks());

/** The measures of an issue of this storage. 40 ms pass each time that the clock is read. */
async function measuredOf(storage: VendingStorage, change: { secret?: object } = {}) {
  let time = Date.now();
  const aws = await createAws({ clock: { now: () => (time += 40) } });
  if (change.secret) await aws.putSecret(change.secret);
  const placed = { stsEndpoint: aws.stsServer.url, ...storage };
  await createIssue(aws.own)(sampleRequest(placed, { webIdentityToken: "token" })).catch(() => "refused");
  return aws.measures;
}

const refusing = async (code: string, status = 400) =>
  (await fakeService(() => ({ status, body: stsError(code) }))).url;

test.each(["session-token", "federation-token", "assume-role"] as const)(
  "%s: a call to STS is counted and timed under its way",
  async (way) => {
    const [measured, ...more] = await measuredOf(sampleStorage(way));
    expect(measured).toEqual([{ way }, { StsCalls: 1, StsFailures: 0, StsLatency: 40 }]);
    expect(more).toEqual([]);
  },
);

test.each(["Throttling", "AccessDenied", "InternalFailure"])("%s is a failure", async (code) => {
  const storage = sampleStorage("assume-role", { stsEndpoint: await refusing(code) });
  expect(await measuredOf(storage)).toEqual([
    [{ way: "assume-role" }, { StsCalls: 1, StsFailures: 1, StsLatency: 40 }],
  ]);
});

test.each(["InvalidIdentityToken", "ExpiredTokenException", "PackedPolicyTooLarge"])(
  "%s, which any caller can bring about, is a call and no failure",
  async (code) => {
    const storage = sampleStorage("web-identity", { stsEndpoint: await refusing(code) });
    expect(await measuredOf(storage)).toEqual([
      [{ way: "web-identity" }, { StsCalls: 1, StsFailures: 0, StsLatency: 40 }],
    ]);
  },
);

test("a vend that never reaches STS is no call to it: a long-term key, a secret that cannot be read", async () => {
  expect(await measuredOf(sampleStorage("static"))).toEqual([]);
  expect(await measuredOf(sampleStorage("session-token"), { secret: { no: "key" } })).toEqual([]);
});
