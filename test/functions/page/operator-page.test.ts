import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createOperatorPage, type PastedConfig } from "../../../functions/page/operator-page.ts";
import { closeServer } from "../../../infra/local/loopback-server.ts";

const judged: PastedConfig[] = [];
const page = createOperatorPage({
  files: { html: '<body data-views="caller">', style: "", script: "" },
  views: "operator",
  facts: {
    metrics: () => "# TYPE keyvend_vends_total counter\n",
    records: () => [],
    judge: (pasted) => {
      judged.push(pasted);
      return { faults: [] };
    },
  },
});
const server = createServer(async (request, response) => {
  const shown = await page(request);
  response.writeHead(shown?.status ?? 404, shown?.headers).end(shown?.body);
});
let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => closeServer(server));

interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** By node:http, which lets a caller say any Host. */
function ask({ method = "GET", path = "/page/now", headers = {}, body }: Asked) {
  return new Promise<{ status: number | undefined; headers: object; text: string }>((resolve, reject) => {
    const asking = httpRequest({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asking.on("error", reject);
    asking.end(body);
  });
}

const json = { "content-type": "application/json" };
const pasted = JSON.stringify({ config: "a: 1", caller: "" });

test("it tells a browser on this machine what happens, and judges what was pasted", async () => {
  expect((await ask({ path: "/" })).text).toContain('data-views="operator"');
  const now = await ask({});
  expect(JSON.parse(now.text)).toEqual({
    metrics: expect.stringContaining("keyvend_vends_total"),
    records: [],
  });
  expect(now.headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
  const judgement = await ask({ method: "POST", path: "/page/judge", headers: json, body: pasted });
  expect(judgement).toMatchObject({ status: 200, text: '{"faults":[]}' });
  expect(judged).toEqual([{ config: "a: 1", caller: "" }]);
});

test.each(["localhost", "LOCALHOST:80", "127.0.0.1:9464", "127.8.8.8", "[::1]:9464"])(
  "a Host of loopback is taken: %s",
  async (host) => {
    expect((await ask({ headers: { host } })).status).toBe(200);
    expect((await ask({ path: "/", headers: { host } })).status).toBe(200);
  },
);

test.each([
  "evil.example",
  "evil.example:9464",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "127.0.0.1.nip.io:9464",
  "evil.example#localhost",
  "localhost@evil.example",
  "10.0.0.1",
  "0.0.0.0",
  "[::]",
  "[2001:db8::1]",
])("a name of a stranger's that leads here gets nothing: %j", async (host) => {
  for (const path of ["/", "/page/now", "/page/page.js"])
    expect((await ask({ path, headers: { host } })).status, path).toBe(404);
  const headers = { ...json, host };
  expect((await ask({ method: "POST", path: "/page/judge", headers, body: pasted })).status).toBe(404);
});

test.each([
  ["127.0.0.1", true],
  ["::ffff:127.0.0.1", true],
  ["::1", true],
  ["192.0.2.7", false],
  ["::ffff:192.0.2.7", false],
  ["2001:db8::1", false],
  [undefined, false],
])("a connection from %s is taken: %s", async (remoteAddress, isTaken) => {
  for (const url of ["/", "/page/now"]) {
    const request = { socket: { remoteAddress }, headers: { host: "localhost" }, method: "GET", url };
    const shown = await page(request as unknown as IncomingMessage);
    expect(shown !== undefined, url).toBe(isTaken);
  }
});

test.each(["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"])(
  "what a proxy has passed on gets nothing: %s",
  async (name) => {
    for (const path of ["/", "/page/now"])
      expect((await ask({ path, headers: { [name]: "203.0.113.9" } })).status, path).toBe(404);
  },
);

test.each([
  { origin: "https://evil.example" },
  { origin: "null" },
  { origin: "http://127.0.0.1:1" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "none" },
] as Record<string, string>[])("a page of another origin learns nothing: %j", async (headers) => {
  expect((await ask({ headers })).status).toBe(404);
  const before = judged.length;
  const sent = { method: "POST", path: "/page/judge", headers: { ...json, ...headers }, body: pasted };
  expect((await ask(sent)).status).toBe(404);
  expect(judged).toHaveLength(before);
  expect(
    (await ask({ headers: { origin: `http://127.0.0.1:${port}`, "sec-fetch-site": "same-origin" } })).status,
  ).toBe(200);
});

test.each([
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; x=y",
])("a question that any page could send by a form is not judged: %s", async (type) => {
  const headers = { "content-type": type };
  expect((await ask({ method: "POST", path: "/page/judge", headers, body: pasted })).status).toBe(404);
});

test.each(["", "{", "null", "[]", '{"config":1,"caller":""}', '{"config":"a: 1"}'])(
  "a question that is none is refused: %j",
  async (body) => {
    expect((await ask({ method: "POST", path: "/page/judge", headers: json, body })).status).toBe(400);
  },
);

test("texts that are too long are refused with what helps", async () => {
  const body = JSON.stringify({ config: "a".repeat(262_144), caller: "" });
  const { status, text } = await ask({ method: "POST", path: "/page/judge", headers: json, body });
  expect({ status, text }).toMatchObject({
    status: 413,
    text: expect.stringContaining("npm run config:check"),
  });
});
