import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromVending, type VendingOptions } from "../../shared/client/src/index.ts";
import { type FakeService, good, json, problem, raw, startFakeService, token } from "./fake-service.ts";

let service: FakeService;

beforeEach(async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  service = await startFakeService();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await service.close();
});

const ask = (options: Partial<VendingOptions> = {}) =>
  fromVending({ url: service.url, storage: "lake", token, ...options })();

const silence = () => {};

test.each([
  ["throttled", problem(429, "throttled")],
  ["internal", problem(500, "internal")],
  ["unavailable", problem(503, "unavailable")],
  ["a gateway's 502", raw(502, "<html>Bad Gateway</html>")],
  ["a gateway's 503", json(503, { message: "Service Unavailable" })],
  ["a gateway's 504", raw(504, "")],
  ["a cut connection", (response: { destroy(): void }) => response.destroy()],
  [
    "a cut body",
    ((response) => {
      response.writeHead(200, { "content-length": "1000" }).write('{"AccessKeyId":');
      setTimeout(() => response.destroy(), 20);
    }) satisfies Parameters<FakeService["alwaysReply"]>[0],
  ],
])("%s is asked again", async (_, reply) => {
  service.reply(reply);
  expect((await ask()).accessKeyId).toBe("ASIAEXAMPLE");
  expect(service.requests).toHaveLength(2);
});

test.each([
  [400, "invalid_request"],
  [401, "unauthenticated"],
  [403, "no_grant"],
  [403, "revoked"],
  [404, "not_found"],
  [409, "delegation_off"],
  [502, "storage_misconfigured"],
] as const)("%i %s is not asked again", async (status, code) => {
  service.alwaysReply(problem(status, code, {}, { "retry-after": "0" }));
  await expect(ask()).rejects.toMatchObject({ code, status, requestId: "req-1" });
  expect(service.requests).toHaveLength(1);
});

test("after four attempts the last error reaches the caller", async () => {
  service.alwaysReply(problem(503, "unavailable"));
  await expect(ask()).rejects.toMatchObject({ code: "unavailable", status: 503 });
  expect(service.requests).toHaveLength(4);
});

test("the wait between attempts is a random part of a time that doubles", async () => {
  vi.mocked(Math.random).mockReturnValue(0.5);
  const timer = vi.spyOn(globalThis, "setTimeout");
  service.alwaysReply(problem(503, "unavailable"));
  await expect(ask()).rejects.toMatchObject({ code: "unavailable" });
  const waits = timer.mock.calls.map(([, milliseconds]) => milliseconds);
  expect(waits.filter((wait) => [200, 400, 800].includes(wait ?? 0))).toEqual([200, 400, 800]);
});

test.each([
  ["seconds", () => "1"],
  ["a date", () => new Date(Date.now() + 1000).toUTCString()],
])("Retry-After in %s is honoured", async (_, header) => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 22) });
  service.reply(problem(429, "throttled", {}, { "retry-after": header() }));
  const before = performance.now();
  await ask();
  expect(performance.now() - before).toBeGreaterThan(990);
});

test("a Retry-After beyond the time that is left ends the attempts at once; the error has it, with a bound", async () => {
  service.alwaysReply(problem(503, "unavailable", {}, { "retry-after": "86400" }));
  await expect(ask()).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 300 });
  expect(service.requests).toHaveLength(1);
});

test("a service that says nothing gets four attempts", async () => {
  service.alwaysReply(silence);
  await expect(ask({ timeoutSeconds: 1.5 })).rejects.toMatchObject({ code: "timeout" });
  expect(service.requests).toHaveLength(4);
});

test("an attempt that times out closes its connection", async () => {
  let closed = 0;
  service.alwaysReply((response) => response.on("close", () => closed++));
  await expect(ask({ timeoutSeconds: 0.05 })).rejects.toMatchObject({ code: "timeout" });
  await vi.waitFor(() => expect(closed).toBe(service.requests.length));
});

test("a body that does not end in time is a time-out", async () => {
  service.alwaysReply((response) => void response.writeHead(200).write("{"));
  await expect(ask({ timeoutSeconds: 0.05 })).rejects.toMatchObject({ code: "timeout" });
});

test("all attempts and waits together take four times the limit of one at most", async () => {
  service.alwaysReply(problem(503, "unavailable", {}, { "retry-after": "3" }));
  await expect(ask({ timeoutSeconds: 1.4 })).rejects.toMatchObject({ code: "unavailable" });
  expect(service.requests).toHaveLength(2);
});

test("the last attempt has only the time that is left", async () => {
  service.alwaysReply(silence);
  service.reply(problem(503, "unavailable", {}, { "retry-after": "3" }));
  // Three seconds waited and one and a half silent: less than one and a half of the six are left.
  await expect(ask({ timeoutSeconds: 1.5 })).rejects.toThrow(/within (?!1\.5 s)/);
});

test("a service that is not there is a network error with its cause", async () => {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
  await expect(ask({ url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
    code: "network",
    cause: { cause: { code: "ECONNREFUSED" } },
  });
});

test("the caller's abort ends the request under way, and lets no new one begin", async () => {
  service.alwaysReply(silence);
  const caller = new AbortController();
  const credentials = fromVending({ url: service.url, storage: "lake", token, signal: caller.signal });
  const asked = credentials();
  await vi.waitFor(() => expect(service.requests).toHaveLength(1));
  caller.abort("done");
  await expect(asked).rejects.toMatchObject({ code: "aborted", cause: "done" });
  await expect(credentials()).rejects.toMatchObject({ code: "aborted" });
  expect(service.requests).toHaveLength(1);
});

test("the caller's abort ends a wait between attempts", async () => {
  service.alwaysReply(problem(503, "unavailable", {}, { "retry-after": "10" }));
  const caller = new AbortController();
  const asked = ask({ signal: caller.signal });
  await vi.waitFor(() => expect(service.requests).toHaveLength(1));
  setTimeout(() => caller.abort(), 20);
  await expect(asked).rejects.toMatchObject({ code: "aborted" });
});

test("a token function is called for each request, and its token is trimmed", async () => {
  let asked = 0;
  service.reply(problem(503, "unavailable"), good());
  await ask({ token: async () => `token-${++asked}\n` });
  expect(service.requests.map(({ authorization }) => authorization)).toEqual([
    "Bearer token-1",
    "Bearer token-2",
  ]);
});

test("a token function that hangs is a time-out, one that throws is the cause of the error", async () => {
  await expect(ask({ token: () => new Promise(() => {}), timeoutSeconds: 0.05 })).rejects.toMatchObject({
    code: "timeout",
  });
  const cause = new Error("no token file");
  await expect(
    ask({
      token: () => {
        throw cause;
      },
    }),
  ).rejects.toMatchObject({ code: "invalid_token", cause });
  expect(service.requests).toHaveLength(0);
});

test.each(["", " \n", "two words", "line\nbreak", "umlaut-ü", undefined])(
  "the token %j makes no request",
  async (bad) => {
    await expect(ask({ token: bad as string })).rejects.toMatchObject({ code: "invalid_token" });
    expect(service.requests).toHaveLength(0);
  },
);
