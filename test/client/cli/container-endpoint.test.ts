import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ContainerEndpoint,
  startContainerEndpoint,
} from "../../../shared/client/src/cli/container-endpoint.ts";
import { VendingError } from "../../../shared/client/src/index.ts";
import { longTerm, vended } from "../../formats/samples.ts";

let endpoint: ContainerEndpoint;
let asked: number;
let vend: () => Promise<{ source: typeof vended }>;

beforeEach(async () => {
  asked = 0;
  vend = async () => ({ source: vended });
  endpoint = await startContainerEndpoint(() => {
    asked++;
    return vend();
  });
});

afterEach(() => endpoint.close());

interface LoopbackCall {
  url?: string;
  method?: string;
  headers?: IncomingHttpHeaders;
}

async function call({ url = endpoint.url, method = "GET", headers = {} }: LoopbackCall = {}) {
  const sent = request(url, { method, agent: false, headers: { authorization: endpoint.token, ...headers } });
  const [response] = await once(sent.end(), "response");
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(await text(response)) };
}

describe("a caller with the token", () => {
  test("gets the credentials in the service's default format, and no cache may keep them", async () => {
    const { status, headers, body } = await call();
    expect({ status, body }).toEqual({ status: 200, body: vended });
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("gets a long-term key with an empty session token, which SDKs take for none", async () => {
    vend = async () => ({ source: longTerm });
    expect((await call()).body).toMatchObject({ AccessKeyId: "AKIAEXAMPLE", Token: "" });
  });

  test("may call the host by its other name, and add a query", async () => {
    const headers = { host: `localhost:${portOf(endpoint)}` };
    expect((await call({ url: `${endpoint.url}?x=1`, headers })).status).toBe(200);
  });

  test.each([
    ["another path", { url: "/" }],
    ["a longer path", { url: "/credentials/x" }],
    ["another method", { method: "POST" }],
  ])("finds nothing by %s", async (_, { url = "/credentials", method = "GET" }: LoopbackCall) => {
    const { status, body } = await call({ url: new URL(url, endpoint.url).href, method });
    expect({ status, code: body.code }).toEqual({ status: 404, code: "not_found" });
    expect(asked).toBe(0);
  });
});

describe("a caller that is refused, before anything is asked for", () => {
  test.each<[string, number, () => IncomingHttpHeaders]>([
    ["sends no token", 401, () => ({ authorization: "" })],
    ["sends another token", 401, () => ({ authorization: "x".repeat(endpoint.token.length) })],
    ["sends a part of the token", 401, () => ({ authorization: endpoint.token.slice(0, -1) })],
    ["sends the token after a scheme", 401, () => ({ authorization: `Bearer ${endpoint.token}` })],
    ["calls another name that points here", 403, () => ({ host: `evil.example.com:${portOf(endpoint)}` })],
    ["calls the name without the port", 403, () => ({ host: "127.0.0.1" })],
    ["comes through a proxy", 403, () => ({ "x-forwarded-for": "10.0.0.1" })],
    ["comes through a proxy that says no address", 403, () => ({ "x-forwarded-for": "" })],
  ])("%s", async (_, expected, headers) => {
    const { status, body } = await call({ headers: headers() });
    expect(status).toBe(expected);
    expect(body).toEqual({
      code: expect.any(String),
      message: expect.any(String),
      Code: body.code,
      Message: body.message,
    });
    expect(asked).toBe(0);
  });

  test("says no host at all", async () => {
    const socket = connect(portOf(endpoint), "127.0.0.1");
    socket.end(`GET /credentials HTTP/1.0\r\nauthorization: ${endpoint.token}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
    expect(asked).toBe(0);
  });
});

describe("a failure is passed on in the shape that SDKs read", () => {
  test.each([
    ["a refusal of the service", new VendingError("no_grant", "None.", { status: 403 }), 403, "no_grant"],
    ["a time-out", new VendingError("timeout", "No answer."), 503, "timeout"],
    [
      "an answer that is none",
      new VendingError("invalid_answer", "A redirect.", { status: 302 }),
      502,
      "invalid_answer",
    ],
    ["a defect", new Error(`at ${vended.SecretAccessKey}`), 500, "internal"],
  ])("%s", async (_, failure, expected, code) => {
    vend = () => Promise.reject(failure);
    const { status, body } = await call();
    expect(status).toBe(expected);
    expect(body).toMatchObject({ code, Code: code });
    expect(JSON.stringify(body)).not.toContain(vended.SecretAccessKey);
  });
});

test("no other address of the machine reaches it, not even another one of the loopback", async () => {
  const other = connect(portOf(endpoint), "127.0.0.2");
  await expect(once(other, "connect")).rejects.toThrow();
});

const addresses = [
  "127.0.0.2",
  ...(Object.values(networkInterfaces())
    .flat()
    .some((at) => at?.address === "::1")
    ? ["::1"]
    : []),
];

test.each(addresses)("on %s it is reached by that name and by no other", async (address) => {
  endpoint.close();
  endpoint = await startContainerEndpoint(async () => ({ source: vended }), { address });
  expect(new URL(endpoint.url).hostname.replace(/[[\]]/g, "")).toBe(address);
  expect((await call()).status).toBe(200);
  for (const name of ["localhost", "127.0.0.1"])
    expect((await call({ headers: { host: `${name}:${portOf(endpoint)}` } })).status).toBe(403);
});

test("an address that no network of this machine has is an error with a code", async () => {
  await expect(startContainerEndpoint(vend, { address: "169.254.170.77" })).rejects.toMatchObject({
    code: "EADDRNOTAVAIL",
  });
});

test("a port that is not free is an error with a code", async () => {
  await expect(startContainerEndpoint(vend, { port: portOf(endpoint) })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});

test("each endpoint has a token of its own, too long to guess", async () => {
  const other = await startContainerEndpoint(vend);
  other.close();
  expect(other.token).not.toBe(endpoint.token);
  expect(other.token).toMatch(/^[\w-]{43}$/);
});

test("nothing answers after it is closed", async () => {
  await call();
  endpoint.close();
  await expect(call()).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

function portOf({ url }: ContainerEndpoint): number {
  return Number(new URL(url).port);
}
