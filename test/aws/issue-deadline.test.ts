import type { RequestListener } from "node:http";
import { expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService, serve } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";
import { credentials, sessionToken, stsError } from "./sts-answers.ts";

const timeoutMs = 2_000;
/** What a busy machine may need on top. */
const toleranceMs = 5_000;

/** How an issue ends, and after how long. */
async function ending(aws: Awaited<ReturnType<typeof createAws>>, stsEndpoint = aws.stsServer.url) {
  const issue = createIssue({ ...aws.own, timeoutMs });
  const began = performance.now();
  const end = await issue(sampleRequest(sampleStorage("session-token", { stsEndpoint }))).catch(
    (error) => error,
  );
  return { end, lasted: performance.now() - began };
}

const comeBack = {
  code: "unavailable",
  message: "Storage lake cannot issue credentials right now.",
  retryAfterSeconds: 2,
};

const withoutAnswer: [string, RequestListener][] = [
  ["never answers", () => undefined],
  ["stops in mid-answer", (_, response) => void response.writeHead(200, { "content-length": 99 }).write("<")],
];

test.each(withoutAnswer)(
  "an STS that %s is given up at the deadline, and its connection is closed",
  async (_, listener) => {
    let closed = 0;
    let asked = 0;
    const sts = await serve((request, response) => {
      asked++;
      request.socket.once("close", () => closed++);
      listener(request, response);
    });
    const { end, lasted } = await ending(await createAws(), sts);
    expect(end).toMatchObject({ ...comeBack, cause: expect.stringContaining("does not answer") });
    expect(lasted).toBeGreaterThan(timeoutMs - 10);
    expect(lasted).toBeLessThan(timeoutMs + toleranceMs);
    await vi.waitFor(() => expect(closed).toBe(1));
    expect(asked).toBe(1);
  },
);

test("an STS that stops in mid-answer at the second attempt is given up like one at the first", async () => {
  let asked = 0;
  const sts = await serve((_, response) => {
    asked++;
    if (asked === 1) response.writeHead(500).end();
    else response.writeHead(200, { "content-length": 99 }).write("<");
  });
  expect((await ending(await createAws(), sts)).end).toMatchObject(comeBack);
  expect(asked).toBe(2);
});

test.each(withoutAnswer)("a Secrets Manager that %s is given up at the deadline", async (_, listener) => {
  const aws = await createAws();
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", await serve(listener));
  const { end, lasted } = await ending(aws);
  expect(end).toMatchObject({ ...comeBack, cause: expect.stringMatching(/^secret lake\/key: /) });
  expect(lasted).toBeLessThan(timeoutMs + toleranceMs);
});

test("the deadline is one for all that an issue takes: reading the key leaves STS less", async () => {
  const aws = await createAws();
  await ending(aws);
  const slow = { latencyMs: timeoutMs * 0.7 };
  Object.assign(aws.secretsServer.trouble, slow);
  expect((await ending(aws)).end).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/) });
  Object.assign(aws.stsServer.trouble, slow);
  const { end, lasted } = await ending(aws);
  expect(end).toMatchObject(comeBack);
  expect(lasted).toBeLessThan(timeoutMs + toleranceMs);
});

test("within the deadline STS is asked once more after a fault that passes", async () => {
  const sts = await fakeService(() =>
    sts.received.length % 2 === 1
      ? { status: 500, body: stsError("InternalFailure") }
      : { status: 200, body: sessionToken(credentials()) },
  );
  expect((await ending(await createAws(), sts.url)).end).toMatchObject({ sessionToken: "token" });
  expect(sts.received).toHaveLength(2);
});
