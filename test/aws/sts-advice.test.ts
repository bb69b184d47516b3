import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";
import { stsError } from "./sts-answers.ts";

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => vi.restoreAllMocks());

const now = Date.parse("2026-11-22T12:00:00Z");

/** The refusal that a caller gets from an STS that refuses like this, and the number of calls to that STS. */
async function refusalAndCalls(status: number, code: string, headers: Record<string, string> = {}) {
  const sts = await fakeService(() => ({ status, body: stsError(code), headers }));
  const { own } = await createAws({ clock: { now: () => now } });
  const storage = sampleStorage("session-token", { stsEndpoint: sts.url });
  const error = await createIssue(own)(sampleRequest(storage)).catch((refusal) => refusal);
  return { code: error.code, retryAfterSeconds: error.retryAfterSeconds, calls: sts.received.length };
}

test.each([
  ["seconds", "7", 7],
  ["parts of a second", "0.2", 1],
  ["no time at all", "0", 1],
  ["longer than a caller is sent away", "3600", 10],
  ["a date", "Sun, 22 Nov 2026 12:00:06 GMT", 6],
  ["a date that has passed", "Sun, 22 Nov 2026 11:00:00 GMT", 1],
  ["a date far off", "Mon, 23 Nov 2026 12:00:00 GMT", 10],
  ["nothing that can be read", "soon", 2],
])(
  "the caller gets STS's advice when it says %s, and STS is not asked again before",
  async (_, advice, seconds) => {
    const headers = { "Retry-After": advice };
    const throttled = await refusalAndCalls(400, "Throttling", headers);
    expect(throttled).toEqual({ code: "throttled", retryAfterSeconds: seconds, calls: 1 });
    const away = await refusalAndCalls(503, "ServiceUnavailable", headers);
    expect(away).toMatchObject({ code: "unavailable", retryAfterSeconds: seconds });
  },
);

test("an STS that says when to come back is not asked again before, whatever its fault is", async () => {
  expect(await refusalAndCalls(503, "ServiceUnavailable", { "Retry-After": "1" })).toMatchObject({
    calls: 1,
  });
});

test("without advice a caller is to come back in two seconds", async () => {
  expect(await refusalAndCalls(503, "ServiceUnavailable")).toEqual({
    code: "unavailable",
    retryAfterSeconds: 2,
    calls: 2,
  });
});

test.each(["Throttling", "RequestLimitExceeded", "SlowDown"])(
  "an STS that throttles (%s) is not asked again within an issue",
  async (code) => {
    expect(await refusalAndCalls(503, code)).toEqual({ code: "throttled", retryAfterSeconds: 2, calls: 1 });
  },
);

test("advice does not turn a fault of the configuration into a temporary one", async () => {
  const refused = await refusalAndCalls(403, "AccessDenied", { "Retry-After": "5" });
  expect(refused).toEqual({ code: "storage_misconfigured", retryAfterSeconds: undefined, calls: 1 });
});
