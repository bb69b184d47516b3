import { inspect } from "node:util";
import aws4 from "aws4";
import { expect, test } from "vitest";
import { createAskWarmer } from "../../shared/aws/invoke.ts";
import { deadAddress, fakeService, serve } from "./fake-service.ts";

const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
const key = "5f".repeat(32);
const to = (endpoint: string, timeoutMs = 60_000) =>
  createAskWarmer({
    region: "eu-central-1",
    endpoint,
    functionName: "keyvend-prod-warm",
    credentials: async () => credentials,
    timeoutMs,
  });

test("Lambda receives the entry and the claimed generation as an asynchronous event, in a request signed for Lambda", async () => {
  const lastRequest: { path?: string | undefined; headers?: Record<string, unknown> } = {};
  const { url, received } = await fakeService((_, { url: path, headers }) => {
    Object.assign(lastRequest, { path, headers });
    return { status: 202, body: "" };
  });
  await to(url)(key, 7);
  expect(received.map((body) => JSON.parse(body))).toEqual([{ entry: { key, generation: 7 } }]);
  expect(lastRequest.path).toBe("/2015-03-31/functions/keyvend-prod-warm/invocations");
  expect(lastRequest.headers).toMatchObject({
    "x-amz-invocation-type": "Event",
    "x-amz-security-token": "token",
  });
  const { headers = {} } = aws4.sign(
    {
      service: "lambda",
      region: "eu-central-1",
      method: "POST",
      host: new URL(url).host,
      path: lastRequest.path ?? "",
      body: received[0] ?? "",
      headers: {
        "content-type": "application/json",
        "x-amz-invocation-type": "Event",
        "X-Amz-Date": String(lastRequest.headers?.["x-amz-date"]),
      },
      // aws4 would sign a header that is not sent.
      extraHeadersToIgnore: { "content-length": true },
    } as aws4.Request,
    credentials,
  );
  expect(lastRequest.headers?.["authorization"]).toBe(headers["Authorization"]);
});

test.each([
  [200, "answered as if it had run"],
  [403, "may not be invoked"],
  [404, "is not there"],
  [429, "is throttled"],
])(
  "an event that Lambda does not accept (%s: it %s) is a failure by name, and shows no key of ours",
  async (status) => {
    const { url } = await fakeService(() => ({ status, body: '{"Message":"no"}' }));
    const failure = await to(url)(key, 7).catch((error) => error);
    expect(failure).toMatchObject({ name: "CallFailed", message: `Invoke: not taken (${status})`, status });
    expect(inspect(failure)).not.toContain("secret");
  },
);

test("a missing answer is a failure that says why", async () => {
  await expect(to(await deadAddress())(key, 7)).rejects.toThrow("Invoke: network");
  await expect(to(await serve(() => {}), 50)(key, 7)).rejects.toThrow("Invoke: timeout");
});
