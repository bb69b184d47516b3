import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";
import { stsError } from "./sts-answers.ts";

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => vi.restoreAllMocks());

const now = Date.parse("2026-11-22T12:00:00Z");

/** What the caller of an STS is told that refuses like this, and how often it was asked. */
async function told(status: number, code: string, headers: Record<string, string> = {}) {
  const sts = await fakeService(() => ({ status, body: stsError(code), headers }));
  const { own } = await createAws({ clock: { now: () => now } });
  const storage = sampleStorage("session-token", { stsEndpoint: sts.url });
  const error = await createIssue(own)(sampleRequest(storage)).catch((refusal) => refusal);
  return { code: error.code, retryAfterSeconds: error.retryAfterSeconds, asked: sts.received.length };
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
  "STS's advice is passed on where it says %s, and it is not asked again before",
  async (_, advice, seconds) => {
    const headers = { "Retry-After": advice };
    const throttled = await told(400, "Throttling", headers);
    expect(throttled).toEqual({ code: "throttled", retryAfterSeconds: seconds, asked: 1 });
    const away = await told(503, "ServiceUnavailable", headers);
    expect(away).toMatchObject({ code: "unavailable", retryAfterSeconds: seconds });
  },
);

test("an STS that says when to come back is not asked again before, whatever is wrong", async () => {
  expect(await told(503, "ServiceUnavailable", { "Retry-After": "1" })).toMatchObject({ asked: 1 });
});

test("without advice a caller is to come back in two seconds", async () => {
  expect(await told(503, "ServiceUnavailable")).toEqual({
    code: "unavailable",
    retryAfterSeconds: 2,
    asked: 2,
  });
});

test.each(["Throttling", "RequestLimitExceeded", "SlowDown"])(
  "an STS that throttles (%s) is not asked again within an issue",
  async (code) => {
    expect(await told(503, code)).toEqual({ code: "throttled", retryAfterSeconds: 2, asked: 1 });
  },
);

test("advice does not make a fault of the configuration one that passes", async () => {
  const refused = await told(403, "AccessDenied", { "Retry-After": "5" });
  expect(refused).toEqual({ code: "storage_misconfigured", retryAfterSeconds: undefined, asked: 1 });
});
