import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromVending, type VendingError, type VendingOptions } from "../../shared/client/src/index.ts";
import { type FakeService, good, inSeconds, problem, startFakeService, token } from "./fake-service.ts";

let service: FakeService;
let errors: VendingError[];
let end: AbortController;
/** How often the provider began to ask: the token function is called before anything is awaited. */
let asked: number;

beforeEach(async () => {
  // The clock stands still unless a test moves it; timers and sockets are real.
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(Math, "random").mockReturnValue(0);
  service = await startFakeService();
  errors = [];
  end = new AbortController();
  asked = 0;
});

afterEach(async () => {
  end.abort();
  vi.useRealTimers();
  vi.restoreAllMocks();
  await service.close();
});

const provider = (options: Partial<VendingOptions> = {}) =>
  fromVending({
    url: service.url,
    storage: "lake",
    token: () => {
      asked += 1;
      return token;
    },
    onError: (error) => errors.push(error),
    signal: end.signal,
    ...options,
  });

const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const down = () => service.alwaysReply(problem(403, "no_grant"));

test("a thousand callers at once make one request", async () => {
  const credentials = provider();
  const all = await Promise.all(Array.from({ length: 1000 }, () => credentials()));
  expect(new Set(all).size).toBe(1);
  expect(service.requests).toHaveLength(1);
});

test("while credentials are fresh, nothing is asked", async () => {
  const credentials = provider();
  await credentials();
  pass(3299);
  await credentials();
  expect(asked).toBe(1);
});

test("a good answer costs no promise of its own", async () => {
  const credentials = provider();
  await credentials();
  expect(credentials()).toBe(credentials());
});

test("near expiry one background request refreshes, and no caller waits for it", async () => {
  const credentials = provider();
  const first = await credentials();
  pass(3301);
  let release = () => {};
  service.reply((response, request) => {
    release = () => good({ AccessKeyId: "ASIANEXT" })(response, request);
  });
  // These settle although the service has not answered.
  for (const held of await Promise.all(Array.from({ length: 100 }, () => credentials())))
    expect(held).toBe(first);
  await vi.waitFor(() => expect(service.requests).toHaveLength(2));
  release();
  await vi.waitFor(async () => expect((await credentials()).accessKeyId).toBe("ASIANEXT"));
  expect(service.requests).toHaveLength(2);
});

test("jitter makes the background refresh later, by a fifth at most", async () => {
  vi.mocked(Math.random).mockReturnValue(0.999999);
  const credentials = provider({ refreshAheadSeconds: 1000 });
  await credentials();
  pass(2799);
  await credentials();
  expect(asked).toBe(1);
  pass(2);
  await credentials();
  expect(asked).toBe(2);
});

test("in the last minute callers wait for fresh credentials", async () => {
  const credentials = provider();
  await credentials();
  pass(3541);
  service.reply(good({ AccessKeyId: "ASIANEXT" }));
  expect((await credentials()).accessKeyId).toBe("ASIANEXT");
});

test("with the service down, valid credentials are handed out to their last second, and onError hears of the failure", async () => {
  const credentials = provider();
  const first = await credentials();
  down();
  pass(3301);
  expect(await credentials()).toBe(first);
  await vi.waitFor(() => expect(errors).toHaveLength(1));
  expect(errors[0]?.code).toBe("no_grant");
  pass(298);
  expect(await credentials()).toBe(first);
  expect(errors).toHaveLength(2);
});

test("with the service down and nothing valid left, the error reaches the caller, and the next call asks again", async () => {
  const credentials = provider();
  await credentials();
  down();
  pass(3600);
  await expect(credentials()).rejects.toMatchObject({ code: "no_grant" });
  service.alwaysReply((response, request) => good({ AccessKeyId: "ASIANEXT" })(response, request));
  expect((await credentials()).accessKeyId).toBe("ASIANEXT");
});

test("credentials that run out while their refresh fails are not handed out", async () => {
  const credentials = provider();
  await credentials();
  pass(3541);
  service.reply((response, request) => {
    pass(60);
    problem(403, "no_grant")(response, request);
  });
  await expect(credentials()).rejects.toMatchObject({ code: "no_grant" });
});

test("a background refresh that fails after the machine slept past expiry reaches no caller", async () => {
  const credentials = provider();
  await credentials();
  pass(3301);
  service.reply((response, request) => {
    pass(3600);
    problem(403, "no_grant")(response, request);
  });
  await credentials();
  await vi.waitFor(() => expect(errors).toHaveLength(1));
  expect((await credentials()).expiration.getTime()).toBeGreaterThan(Date.now());
});

test("a failed background refresh is not tried again for 30 seconds", async () => {
  const credentials = provider();
  await credentials();
  down();
  pass(3301);
  await credentials();
  await vi.waitFor(() => expect(errors).toHaveLength(1));
  pass(29);
  await credentials();
  expect(asked).toBe(2);
  pass(2);
  await credentials();
  expect(asked).toBe(3);
});

test("a failed background refresh is not tried again before Retry-After", async () => {
  const credentials = provider();
  await credentials();
  service.alwaysReply(problem(503, "unavailable", {}, { "retry-after": "100" }));
  pass(3301);
  await credentials();
  await vi.waitFor(() => expect(errors).toHaveLength(1));
  pass(99);
  await credentials();
  expect(asked).toBe(2);
  pass(2);
  await credentials();
  expect(asked).toBe(3);
});

test("credentials with little life left do not make every call a request", async () => {
  service.alwaysReply((response, request) => good({ Expiration: inSeconds(200) })(response, request));
  const credentials = provider();
  await credentials();
  await credentials();
  expect(asked).toBe(1);
});

test("forceRefresh asks even if valid credentials are held, and fails if that fails", async () => {
  const credentials = provider();
  await credentials();
  service.reply(good({ AccessKeyId: "ASIANEXT" }));
  expect((await credentials({ forceRefresh: true })).accessKeyId).toBe("ASIANEXT");
  expect((await credentials()).accessKeyId).toBe("ASIANEXT");
  down();
  await expect(credentials({ forceRefresh: true })).rejects.toMatchObject({ code: "no_grant" });
  expect((await credentials()).accessKeyId).toBe("ASIANEXT");
});

test("a hook that throws changes nothing for the callers", async () => {
  const credentials = provider({
    onError: () => {
      throw new Error("the hook's own trouble");
    },
  });
  down();
  await expect(credentials()).rejects.toMatchObject({ code: "no_grant" });
});
