import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { createLongTermKeys } from "../../shared/aws/long-term-keys.ts";
import { guestKey, lakeKey } from "../infra/local/aws/world.ts";
import { isOpen } from "../is-open.ts";
import { until } from "../until.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService } from "./fake-service.ts";
import { holdDeadlines } from "./held-deadlines.ts";
import { sessionBy } from "./session-by.ts";
import { createAws, lakeSecret } from "./simulated-aws.ts";
import { stsError } from "./sts-answers.ts";

let deadlines: ReturnType<typeof holdDeadlines>;
beforeEach(() => {
  // The SDK waits a random time before it asks again.
  vi.spyOn(Math, "random").mockReturnValue(0);
  // A read may take as long as it likes.
  deadlines = holdDeadlines();
});
afterEach(() => vi.restoreAllMocks());

/** No timer is longer. */
const forever = 2 ** 31 - 1;
const wrongKey = { ...lakeKey, secretAccessKey: "not-the-secret-key" };

/** So long after a change of the secret, no earlier key stands in for a new one. */
const settledMs = 300_000;
/** So long after a read that brought no other key, a refusal has the secret read again. */
const quietMs = 5_000;

/** The signal of a caller that has no deadline. */
const { signal } = new AbortController();

async function createKeys() {
  const clock = { time: 0, now: () => clock.time };
  const aws = await createAws({ clock });
  // The emulation's own clock dates the secrets. One that is a millisecond behind it would take a key for new a millisecond longer.
  clock.time = aws.clock.now();
  const keys = createLongTermKeys(aws.own);
  const issue = createIssue(aws.own);
  const request = sampleRequest(sampleStorage("session-token", { stsEndpoint: aws.stsServer.url }));
  return { ...aws, keys, clock, issue: () => issue(request) };
}

const refusal = (issuing: Promise<unknown>) =>
  issuing.then(
    () => "issued",
    (error) => error,
  );

test("a key is read once in five minutes", async () => {
  const { clock, issue, reads } = await createKeys();
  await issue();
  clock.time += 299_999;
  await issue();
  expect(reads()).toBe(1);
  clock.time += 1;
  await issue();
  expect(reads()).toBe(2);
});

test("after a rotation, the request that finds the old key refused gets the new one", async () => {
  const { clock, issue, putSecret, reads, stsServer } = await createKeys();
  await putSecret(wrongKey);
  clock.time += settledMs;
  await refusal(issue());
  clock.time += quietMs;
  const before = [reads(), stsServer.calls()];
  await putSecret(lakeKey);
  expect(await issue()).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/) });
  expect([reads(), stsServer.calls()]).toEqual(before.map((n, i) => n + (i === 0 ? 1 : 2)));
  await issue();
  expect(reads()).toBe((before[0] ?? 0) + 1);
});

test.each([
  ["an unknown key id", { ...lakeKey, accessKeyId: "AKIANOBODY0000000001" }, "InvalidClientTokenId"],
  ["a wrong secret key", wrongKey, "SignatureDoesNotMatch"],
])("%s that stays is the storage's fault, and is shown to no caller", async (_, secret, name) => {
  const { clock, issue, putSecret, reads, stsServer } = await createKeys();
  await putSecret(secret);
  clock.time += settledMs;
  const error = await refusal(issue());
  expect(error).toMatchObject({
    code: "storage_misconfigured",
    message: "Storage lake cannot issue credentials.",
    retryAfterSeconds: undefined,
    cause: expect.stringContaining(name),
  });
  expect(inspect(error)).not.toContain(secret.accessKeyId);
  expect(inspect(error)).not.toContain(secret.secretAccessKey);
  // The key was read again after the refusal. It was the same, so it was not tried again.
  expect([reads(), stsServer.calls()]).toEqual([2, 1]);
});

test.each([
  ["AccessDenied", 403, stsError("AccessDenied"), 2],
  ["AccessDeniedException", 400, stsError("AccessDeniedException"), 2],
  ["a 403 with a code that nobody knows", 403, stsError("NoSuchKeyHere"), 2],
  ["a 403 without a body", 403, "", 2],
  ["a 401 of a proxy", 401, "<html><p>No<br></html>", 2],
  ["S3's form", 403, "<Error><Code>InvalidAccessKeyId</Code></Error>", 2],
  ["a 403 of another meaning", 403, stsError("RegionDisabledException"), 1],
  ["a policy that is too large", 400, stsError("PackedPolicyTooLarge"), 1],
  ["wrong parameters", 400, stsError("ValidationError"), 1],
  ["a throttle", 400, stsError("Throttling"), 1],
])("%s (%i): the secret is read again only if it may be the key", async (_, status, body, times) => {
  const { clock, own, reads } = await createKeys();
  clock.time += settledMs;
  const { url } = await fakeService(() => ({ status, body }));
  const request = sampleRequest(sampleStorage("session-token", { stsEndpoint: url }));
  await refusal(createIssue(own)(request));
  expect(reads()).toBe(times);
});

test("only the key of a pasted block is used; after a refusal, the key that is there by now is used", async () => {
  const { keys, putSecret } = await createKeys();
  const attempts: object[] = [];
  await putSecret({ ...guestKey, region: "eu-west-1" });
  await keys.use(lakeSecret, signal, async (key) => {
    attempts.push(key);
    if (attempts.length > 1) return sessionBy(key);
    await putSecret({ ...lakeKey, region: "us-east-1" });
    throw Object.assign(new Error(), { name: "InvalidClientTokenId", $metadata: { httpStatusCode: 403 } });
  });
  expect(attempts).toEqual(
    [guestKey, lakeKey].map(({ accessKeyId, secretAccessKey }) => ({ accessKeyId, secretAccessKey })),
  );
});

test.each(["throttled", "unavailable"] as const)(
  "while Secrets Manager is %s, a known key is used",
  async (fault) => {
    const { clock, issue, secretsServer } = await createKeys();
    await issue();
    secretsServer.trouble.fault = fault;
    clock.time += 1_800_000;
    expect(await issue()).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/) });
  },
);

test.each([
  { fault: "throttled", calls: 1 },
  { fault: "unavailable", calls: 2 },
] as const)(
  "while Secrets Manager is $fault and no key is known, the caller is to come back (calls: $calls)",
  async ({ fault, calls }) => {
    const { issue, reads, secretsServer } = await createKeys();
    secretsServer.trouble.fault = fault;
    expect(await refusal(issue())).toMatchObject({
      code: "unavailable",
      message: "Storage lake cannot issue credentials right now.",
      retryAfterSeconds: 2,
      cause: expect.stringMatching(/^secret lake\/key: \w+$/),
    });
    expect(reads()).toBe(calls);
  },
);

test("one caller waits briefly for a Secrets Manager that hangs, and no other does so for a minute", async () => {
  const { clock, keys, reads, secretsServer } = await createKeys();
  const use = async () => (await keys.use(lakeSecret, signal, sessionBy)).accessKeyId;
  await use();
  clock.time += 300_000;
  secretsServer.trouble.latencyMs = forever;
  const waits = use();
  expect(await use()).toBe(lakeKey.accessKeyId);
  await until(() => expect(reads()).toBe(2));
  deadlines.pass(199);
  expect(await isOpen(waits)).toBe(true);
  deadlines.pass(1);
  expect(await waits).toBe(lakeKey.accessKeyId);
  clock.time += 59_999;
  await use();
  expect(reads()).toBe(2);
  secretsServer.trouble.latencyMs = 0;
  clock.time += 1;
  await use();
  expect(reads()).toBe(3);
});

test("a caller that has no time left does not wait until a known key is confirmed", async () => {
  const { clock, keys, reads, secretsServer } = await createKeys();
  await keys.use(lakeSecret, signal, sessionBy);
  clock.time += 300_000;
  secretsServer.trouble.latencyMs = forever;
  const caller = new AbortController();
  const using = keys.use(lakeSecret, caller.signal, sessionBy);
  await until(() => expect(reads()).toBe(2));
  expect(await isOpen(using)).toBe(true);
  caller.abort();
  expect(await using).toMatchObject({ accessKeyId: lakeKey.accessKeyId });
});

test("a key that was taken out of its secret is no longer used", async () => {
  const { clock, issue, putSecret } = await createKeys();
  await issue();
  await putSecret("withdrawn");
  clock.time += 300_000;
  for (const _ of [1, 2]) expect(await refusal(issue())).toMatchObject({ code: "storage_misconfigured" });
});

test("a key that STS refuses stays refused while Secrets Manager is away", async () => {
  const { clock, issue, putSecret, secretsServer } = await createKeys();
  await putSecret(wrongKey);
  clock.time += settledMs;
  await refusal(issue());
  clock.time += quietMs;
  secretsServer.trouble.fault = "unavailable";
  expect(await refusal(issue())).toMatchObject({
    code: "storage_misconfigured",
    cause: expect.stringContaining("SignatureDoesNotMatch"),
  });
});

test("when a refused key is no longer in its secret, the log says so", async () => {
  const { clock, issue, putSecret } = await createKeys();
  await putSecret(wrongKey);
  clock.time += settledMs;
  await refusal(issue());
  clock.time += quietMs;
  await putSecret("withdrawn");
  expect(await refusal(issue())).toMatchObject({
    code: "storage_misconfigured",
    cause: expect.stringMatching(/^secret lake\/key: /),
  });
});

test.each<[string, object | string]>([
  ["The secret key is missing", { accessKeyId: lakeKey.accessKeyId }],
  ["begins like a JSON object and is none", `{${lakeKey.secretAccessKey}`],
  ["a long-term key is needed", { ...lakeKey, sessionToken: "the-session-token" }],
])(
  "a secret that the log describes as %j, without a value, is the storage's fault",
  async (cause, secret) => {
    const { issue, putSecret } = await createKeys();
    await putSecret(secret);
    const error = await refusal(issue());
    expect(error).toMatchObject({
      code: "storage_misconfigured",
      message: "Storage lake cannot issue credentials.",
      cause: expect.stringMatching(`^secret lake/key: .*${cause}`),
    });
    for (const value of [lakeKey.accessKeyId, lakeKey.secretAccessKey, "the-session-token"])
      expect(inspect(error)).not.toContain(value);
  },
);

test("a secret that is not there is the storage's fault", async () => {
  const { own } = await createKeys();
  const storage = sampleStorage("session-token", { secret: "lake/none" });
  expect(await refusal(createIssue(own)(sampleRequest(storage)))).toMatchObject({
    code: "storage_misconfigured",
    cause: "secret lake/none: ResourceNotFoundException",
  });
});
