import { once } from "node:events";
import type { RequestListener } from "node:http";
import type { Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { lakeKey } from "../infra/local/aws/world.ts";
import { isOpen } from "../is-open.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService, serve } from "./fake-service.ts";
import { holdDeadlines } from "./held-deadlines.ts";
import { createAws } from "./simulated-aws.ts";
import { credentials, sessionToken, stsError } from "./sts-answers.ts";

/** So long that no issue ends because of connecting, which has half of this by the machine's own clock. */
const timeoutMs = 600_000;

/** How an issue ends. */
function ending(aws: Awaited<ReturnType<typeof createAws>>, stsEndpoint = aws.stsServer.url) {
  const issue = createIssue({ ...aws.own, timeoutMs });
  return issue(sampleRequest(sampleStorage("session-token", { stsEndpoint }))).catch((error) => error);
}

const comeBack = {
  code: "unavailable",
  message: "Storage lake cannot issue credentials right now.",
  retryAfterSeconds: 2,
};

/** A service that treats every request so, counts them, and tells when the first one is there. */
async function startService(listener: RequestListener) {
  const sockets: Socket[] = [];
  const firstRequest = Promise.withResolvers<Socket>();
  const url = await serve((request, response) => {
    sockets.push(request.socket);
    listener(request, response);
    firstRequest.resolve(request.socket);
  });
  return { url, sockets, firstRequest: firstRequest.promise };
}

const withoutAnswer: [string, RequestListener][] = [
  ["never answers", () => undefined],
  [
    "stops in the middle of an answer",
    (_, response) => void response.writeHead(200, { "content-length": 99 }).write("<"),
  ],
];

test.each(withoutAnswer)(
  "the issue gives up an STS that %s at the deadline and not before, and closes its connection",
  async (_, listener) => {
    const aws = await createAws();
    const sts = await startService(listener);
    const deadlines = holdDeadlines();
    const end = ending(aws, sts.url);
    const socket = await sts.firstRequest;
    deadlines.pass(timeoutMs - 1);
    expect(await isOpen(end)).toBe(true);
    const closed = once(socket, "close");
    deadlines.pass(1);
    expect(await end).toMatchObject({
      ...comeBack,
      cause: `keyvend's own deadline passed while it waited for STS (${timeoutMs} ms)`,
    });
    await closed;
    expect(sts.sockets).toHaveLength(1);
  },
);

test("an issue gives up an STS that stops in the middle of its second answer, as it does at the first", async () => {
  const aws = await createAws();
  const again = Promise.withResolvers<void>();
  let calls = 0;
  const sts = await startService((_, response) => {
    calls++;
    if (calls === 1) return void response.writeHead(500).end();
    response.writeHead(200, { "content-length": 99 }).write("<");
    again.resolve();
  });
  const deadlines = holdDeadlines();
  const end = ending(aws, sts.url);
  await again.promise;
  expect(await isOpen(end)).toBe(true);
  deadlines.pass(timeoutMs);
  expect(await end).toMatchObject(comeBack);
  expect(calls).toBe(2);
});

test.each(withoutAnswer)(
  "the issue gives up a Secrets Manager that %s at the deadline",
  async (_, listener) => {
    const aws = await createAws();
    const secretsManager = await startService(listener);
    vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", secretsManager.url);
    const deadlines = holdDeadlines();
    const end = ending(aws);
    await secretsManager.firstRequest;
    deadlines.pass(timeoutMs - 1);
    expect(await isOpen(end)).toBe(true);
    deadlines.pass(1);
    expect(await end).toMatchObject({
      ...comeBack,
      cause: expect.stringContaining("waited for the long-term key"),
    });
  },
);

test.each([
  { stsMs: 1, answer: { sessionToken: "token" } },
  { stsMs: 2, answer: comeBack },
])(
  "one deadline serves all steps: the read of the key leaves STS 2 ms, and STS takes $stsMs ms",
  async ({ stsMs, answer }) => {
    const aws = await createAws();
    const deadlines = holdDeadlines();
    const secretsManager = await startService((_, response) => {
      deadlines.pass(timeoutMs - 2);
      response.end(JSON.stringify({ SecretString: JSON.stringify(lakeKey) }));
    });
    const sts = await startService((_, response) => {
      deadlines.pass(stsMs);
      response.end(sessionToken(credentials()));
    });
    vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", secretsManager.url);
    expect(await ending(aws, sts.url)).toMatchObject(answer);
    expect(sts.sockets).toHaveLength(1);
  },
);

test("within the deadline, STS is asked once more after a temporary fault", async () => {
  const sts = await fakeService(() =>
    sts.received.length % 2 === 1
      ? { status: 500, body: stsError("InternalFailure") }
      : { status: 200, body: sessionToken(credentials()) },
  );
  expect(await ending(await createAws(), sts.url)).toMatchObject({ sessionToken: "token" });
  expect(sts.received).toHaveLength(2);
});
