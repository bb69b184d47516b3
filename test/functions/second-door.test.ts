/** The application behind another door than Lambda: a server of node:http, in twenty lines. */
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { App } from "../../functions/app.ts";
import { startDeployment, type TestDeployment, unspeakable } from "./deployment.ts";

// The door.

let requests = 0;

function createDoor(app: App) {
  return createServer(async (incoming, outgoing) => {
    const { status, headers, body } = await app(requestOf(incoming));
    outgoing.writeHead(status, headers).end(body);
  });
}

function requestOf({ method = "", url = "", headersDistinct, socket }: IncomingMessage) {
  const [path = "", ...query] = url.split("?");
  const headers = Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(",")]);
  return {
    method,
    path,
    query: query.join("?"),
    headers: Object.fromEntries(headers),
    clientAddress: socket.remoteAddress ?? "",
    answerBy: Date.now() + 9_000,
    requestId: `request-${++requests}`,
  };
}

// The application behind the door.

let deployment: TestDeployment;
let token: string;
let open: (app: App) => Promise<string>;
let url: string;
const doors: ReturnType<typeof createDoor>[] = [];

beforeAll(async () => {
  deployment = await startDeployment();
  token = await deployment.issuer.token({ sub: "alice", tenant: "acme" });
  open = async (app) => {
    const door = createDoor(app);
    doors.push(door);
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  };
  url = await open(await deployment.coldStart("app"));
});
afterAll(async () => {
  for (const door of doors) door.close();
  await deployment?.close();
});
beforeEach(() => {
  deployment.log.length = 0;
});

async function send(path: string, init: RequestInit = {}, to = url) {
  const response = await fetch(to + path, { headers: { authorization: token }, ...init });
  const caching = path === "/openapi.json" ? "public, max-age=300" : "no-store";
  expect(response.headers.get("cache-control")).toBe(caching);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function sendForJson(path: string, init?: RequestInit, to?: string) {
  const { text, ...answer } = await send(path, init, to);
  return { ...answer, body: JSON.parse(text) };
}

function trail(): Record<string, unknown>[] {
  return deployment.log.flatMap((line) => JSON.parse(line).audit ?? []);
}

test("credentials are vended, and the trail has the record", async () => {
  const path = "/v1/storages/tenants/credentials?target=s3://lake/tenants/acme/a%2Bb&permission=READ";
  const { status, body } = await sendForJson(path);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    AccessKeyId: expect.stringMatching(/^ASIA/),
    Targets: ["s3://lake/tenants/acme/a+b/"],
    Permission: "READ",
  });
  expect(trail()).toMatchObject([
    {
      decision: "vended",
      principal: "alice",
      requestId: expect.stringMatching(/^request-\d+$/),
      sourceIp: "127.0.0.1",
    },
  ]);
});

test("credentials come in other formats", async () => {
  const { headers, text } = await send("/v1/storages/lake/credentials?format=env");
  expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(headers.get("warning")).toMatch(/^199 keyvend /);
  expect(text).toMatch(/^export AWS_SESSION_TOKEN='\S+'$/m);
});

test("clients of STS are answered on every path, with nothing but their query", async () => {
  const query = new URLSearchParams({
    ...{ Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", WebIdentityToken: token },
    ...{ RoleArn: "arn:aws:iam::000000000000:role/keyvend/tenants", RoleSessionName: "a-session" },
  });
  for (const path of ["/", "/v1/storages", "/v1/sts/"]) {
    const { status, text } = await send(`${path}?${query}`, { method: "POST", headers: {} });
    expect([status, text]).toEqual([200, expect.stringMatching(/^<AssumeRoleWithWebIdentityResponse /)]);
  }
});

test("the storages are listed, and requests explained", async () => {
  const { body } = await sendForJson("/v1/storages");
  expect(body.Storages.map(({ Storage }: { Storage: string }) => Storage)).toContain("lake");
  expect(await sendForJson("/v1/storages/lake/explain")).toMatchObject({
    status: 200,
    body: { Decision: "allowed" },
  });
});

test("the description needs no identity, and is not sent to a reader that has it", async () => {
  const { headers, body } = await sendForJson("/openapi.json", { headers: {} });
  expect(body.info.title).toBe("keyvend");
  const again = await send("/openapi.json", { headers: { "If-None-Match": headers.get("etag") ?? "" } });
  expect([again.status, again.text]).toEqual([304, ""]);
});

describe("a refusal is a problem", () => {
  test.each([
    [400, "invalid_request", "/v1/storages/lake/credentials?permission=ADMIN"],
    [400, "invalid_request", "/v1/storages/lake/credentials?permission=READ?"],
    [403, "no_grant", "/v1/storages/ungranted/credentials"],
    [403, "no_grant", "/v1/storages/..%2Flake/credentials"],
    [409, "delegation_off", "/v1/storages/own-keys/credentials"],
  ])("%i %s: %s", async (status, code, path) => {
    const answer = await sendForJson(path);
    expect(answer).toMatchObject({ status, body: { code, Code: code } });
    expect(trail()).toMatchObject([
      { decision: "refused", code, principal: "alice", requestId: answer.body.requestId },
    ]);
  });

  test("401 without a token", async () => {
    const answer = await sendForJson("/v1/storages", { headers: {} });
    expect(answer).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="keyvend"');
  });

  test("401 with two tokens in two headers, because none of them is chosen", async () => {
    const headers = ["host", "localhost", "authorization", token, "authorization", token];
    const [answer] = await once(get(`${url}/v1/storages`, { headers }), "response");
    expect(answer.statusCode).toBe(401);
    answer.resume();
  });

  test("401 under /v1/aws, because this door verifies no signatures", async () => {
    for (const path of ["/v1/aws/storages", "/v1/aws/storages/lake/credentials"])
      for (const headers of [{ authorization: token }, { authorization: "AWS4-HMAC-SHA256 Credential=any" }])
        expect(await sendForJson(path, { headers })).toMatchObject({ status: 401 });
  });

  test("404 for an unknown route, with a token or without", async () => {
    for (const path of ["/", "/v1/storages/lake", "/v1/storages/%zz/credentials"])
      expect(await sendForJson(path, { headers: {} })).toMatchObject({
        status: 404,
        body: { code: "not_found", message: "There is nothing here; see GET /v1/storages." },
      });
    expect(await sendForJson("/v1/storages", { method: "PUT" })).toMatchObject({ status: 404 });
    expect(trail()).toEqual([]);
  });

  test("500 for a fault of the application itself, which the answer does not show and its request id finds", async () => {
    const VENDING_CONFIG = await deployment.brokenConfig();
    const broken = await open(await deployment.coldStart("app", { VENDING_CONFIG }));
    for (const path of ["/v1/storages", "/v1/storages/lake/credentials"]) {
      deployment.log.length = 0;
      const { status, body } = await sendForJson(path, {}, broken);
      expect({ status, body }).toMatchObject({ status: 500, body: { code: "internal" } });
      expect(body.message).not.toContain("TypeError");
      expect(trail()).toMatchObject([
        {
          decision: "refused",
          code: "internal",
          requestId: body.requestId,
          reason: expect.stringMatching(/^TypeError/),
        },
      ]);
    }
  });
});

test("the log holds no secret", async () => {
  const { body } = await sendForJson("/v1/storages/lake/credentials");
  await sendForJson("/v1/storages/wrong/credentials");
  for (const secret of [token, body.SecretAccessKey, body.Token, ...unspeakable])
    expect(deployment.log.join("\n")).not.toContain(secret);
});
