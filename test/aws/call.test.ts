import { inspect } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { createJsonCall, type JsonService } from "../../shared/aws/call.ts";
import { CallFailed } from "../../shared/aws/call-failed.ts";
import { secretValue } from "../../shared/aws/secret-value.ts";
import { createWorld, keysOf, lakeKey, region } from "../infra/local/aws/world.ts";
import { isOpen } from "../is-open.ts";
import { deadAddress, type FakeAnswer, fakeService, serve } from "./fake-service.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const to = (endpoint: string, change: Partial<JsonService> = {}) =>
  createJsonCall({
    service: "secretsmanager",
    target: "secretsmanager",
    jsonVersion: "1.1",
    region,
    endpoint,
    credentials: async () => lakeKey,
    timeoutMs: 60_000,
    ...change,
  });

const failure = (call: Promise<unknown>): Promise<CallFailed> =>
  call.then(
    () => Promise.reject(new Error("did not fail")),
    (error) => (error instanceof CallFailed ? error : Promise.reject(error)),
  );

test("the service accepts the signature of a call, with a long-term key and with a session", async () => {
  const { secretsServer, sts } = await createWorld();
  expect(await secretValue(to(secretsServer.url), "lake/key")).toBe("first");
  const { GetSessionTokenCommand } = await import("@aws-sdk/client-sts");
  const { Credentials } = await sts().send(new GetSessionTokenCommand());
  const session = to(secretsServer.url, { credentials: async () => keysOf(Credentials) });
  expect(await secretValue(session, "lake/key")).toBe("first");
});

test.each<[string, Partial<JsonService>, string]>([
  [
    "a wrong secret key",
    { credentials: async () => ({ ...lakeKey, secretAccessKey: "wrong" }) },
    "InvalidSignatureException",
  ],
  [
    "an unknown key",
    { credentials: async () => ({ ...lakeKey, accessKeyId: "AKIANOBODY0000000001" }) },
    "UnrecognizedClientException",
  ],
  ["another region", { region: "eu-west-1" }, "InvalidSignatureException"],
])("a call with %s is refused by name", async (_, change, type) => {
  const { secretsServer } = await createWorld();
  const error = await failure(secretValue(to(secretsServer.url, change), "lake/key"));
  expect(error).toMatchObject({ type, status: 400, message: `GetSecretValue: ${type} (400)` });
});

test("a secret that is not there fails by name", async () => {
  const { secretsServer } = await createWorld();
  const error = await failure(secretValue(to(secretsServer.url), "lake/none"));
  expect(error.type).toBe("ResourceNotFoundException");
});

test.each<[string, FakeAnswer[], "answered" | string, number]>([
  [
    "once more after a 503",
    [
      { status: 503, body: "" },
      { status: 200, body: "{}" },
    ],
    "answered",
    2,
  ],
  [
    "up to three times while it is overloaded",
    [
      { status: 400, body: '{"__type":"a.b#ProvisionedThroughputExceededException"}' },
      { status: 400, body: '{"__type":"a.b#ThrottlingException"}' },
      { status: 200, body: "{}" },
    ],
    "answered",
    3,
  ],
  [
    "not a fourth time",
    [{ status: 500, body: '{"__type":"InternalServerError"}' }],
    "InternalServerError",
    3,
  ],
  ["not again after a 400", [{ status: 400, body: '{"__type":"a.b#LimitExceeded"}' }], "LimitExceeded", 1],
  ["not again after an error without a name", [{ status: 404, body: "<html>" }], "Unknown", 1],
  ["not again after a success of another kind", [{ status: 202, body: "{}" }], "Unknown", 1],
  ["not again after an error that is null", [{ status: 400, body: "null" }], "Unknown", 1],
])("the service is asked %s", async (_, answers, outcome, times) => {
  const last = answers.at(-1) as FakeAnswer;
  const { url, received } = await fakeService(() => answers[received.length - 1] ?? last);
  const result = await to(url)("Do", { a: "ü" }).then(
    () => "answered",
    (error: CallFailed) => error.type,
  );
  expect(result).toBe(outcome);
  expect(received).toEqual(Array(times).fill('{"a":"ü"}'));
});

test("all attempts together have the time of one", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  vi.spyOn(Math, "random").mockReturnValue(0);
  let received = 0;
  const again = Promise.withResolvers<void>();
  const slow = await serve((_, response) => {
    received++;
    vi.advanceTimersByTime(600);
    if (received === 1) response.writeHead(503).end();
    else again.resolve();
  });
  const failing = failure(to(slow, { timeoutMs: 1_201 })("Do", {}));
  await again.promise;
  expect(await isOpen(failing)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(await failing).toMatchObject({ type: "timeout" });
  expect(received).toBe(2);
});

test("a pause that takes the rest of the time is the last one: the caller gets the answer before it", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(Math, "random").mockImplementation(() => {
    vi.setSystemTime(Date.now() + 1_000);
    return 0;
  });
  const { url, received } = await fakeService(() => ({ status: 503, body: "" }));
  expect(await failure(to(url, { timeoutMs: 1_000 })("Do", {}))).toMatchObject({ status: 503 });
  expect(received).toHaveLength(1);
});

test("a missing answer is a failure that says why, and has no status", async () => {
  const dead = await failure(to(await deadAddress())("Do", {}));
  expect(dead).toMatchObject({ type: "network", status: undefined, message: "Do: network" });
  const silent = await serve(() => {});
  expect(await failure(to(silent, { timeoutMs: 50 })("Do", {}))).toMatchObject({ type: "timeout" });
  const { url } = await fakeService(() => ({ status: 200, body: JSON.stringify("x".repeat(1_048_576)) }));
  expect(await failure(to(url)("Do", {}))).toMatchObject({ type: "too_large" });
});

test.each(["SecretString=hunter2", '{"SecretString":"hunter2"', '"hunter2"'])(
  "an answer that is not a JSON object is a failure that shows nothing of the answer: %s",
  async (body) => {
    const { url } = await fakeService(() => ({ status: 200, body }));
    const error = await failure(to(url)("GetSecretValue", {}));
    expect(error).toMatchObject({ type: "Unknown", status: 200 });
    expect(inspect(error)).not.toContain("hunter2");
  },
);

test("credentials are never sent without encryption", async () => {
  expect(await failure(to("http://dynamodb.example.com")("Do", {}))).toMatchObject({ type: "insecure" });
});
