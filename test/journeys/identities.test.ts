/** Callers without OIDC, by API token or AWS identity, at the routes of the deployment's own serverless.yml. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { newApiToken } from "../../infra/config/new-token.ts";
import { type LocalApi, startApi } from "../../infra/local/api.ts";
import { type Backends, startBackends } from "../../infra/local/backends.ts";
import { comeBack } from "../../infra/local/come-back.ts";
import { localPorts } from "../../infra/local/ports.ts";
import { isServerDoor } from "../functions/server/server-handler.ts";
import { until } from "../until.ts";

const { token: apiToken, entry } = newApiToken("ci-legacy", 90, Date.now());
const role = { userId: "AROAEXAMPLE:run-17", accessKey: "ASIAIOSFODNN7EXAMPLE" };
const ours = { ...role, userArn: "arn:aws:sts::111122223333:assumed-role/ingest/run-17" };
const foreign = { ...role, userArn: "arn:aws:sts::999900001111:assumed-role/ingest/run-17" };
const iamPaths = ["/v1/aws/storages", "/v1/aws/storages/lake/credentials"];

const page = "https://app.example.com";

let backends: Backends;
let api: LocalApi;
let jwt: string;
const log: string[] = [];

beforeAll(async () => {
  const ports = localPorts(14_300);
  backends = await startBackends(ports);
  const vending = backends.vending as { grants: object[] };
  const grantTo = (issuer: string, subject: string) => ({
    ...{ name: issuer, issuer, subject, storage: "lake", permission: "READWRITE" },
  });
  const document = {
    ...vending,
    aws: { accounts: ["111122223333"] },
    corsOrigins: [page],
    apiTokens: parse(entry),
    grants: [
      ...vending.grants,
      grantTo("aws", "arn:aws:iam::111122223333:role/ingest"),
      grantTo("api-token", "ci-legacy"),
    ],
  };
  api = await startApi(ports, { vending: document, environment: backends.environment }, (line) =>
    log.push(line),
  );
  jwt = await backends.issuer.token();
});
afterAll(async () => {
  await api?.close();
  await backends?.close();
});

test("the description is at its route for anybody, and is not sent to a reader that has it", async () => {
  const first = await fetch(`${api.url}/openapi.json`);
  const etag = first.headers.get("etag") ?? "";
  expect([first.status, first.headers.get("cache-control")]).toEqual([200, "public, max-age=300"]);
  expect(await first.json()).toMatchObject({ openapi: "3.1.1" });
  const again = await fetch(`${api.url}/openapi.json`, { headers: { "If-None-Match": etag } });
  expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
  expect((await fetch(`${api.url}/openapi.json`, { method: "HEAD" })).status).toBe(404);
});

/** The header whose content the emulator puts into the event, in the place of the identity that API Gateway verified. */
const headerOf = (iam: object) => ({ "sls-offline-authorizer-override": JSON.stringify({ iam }) });

async function get(path: string, headers: Record<string, string>) {
  const response = await comeBack(() => fetch(api.url + path, { headers }));
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const trail = () => log.filter((line) => line.includes('"audit"')).join("\n");
/** Waits until the trail has this text, because the log comes from another process. */
const untilTrailSays = (text: string) => until(() => expect(trail()).toContain(text));

test("an API token vends, and the trail says that it was an API token but does not hold it", async () => {
  const { status, body } = await get("/v1/storages/lake/credentials", { authorization: apiToken });
  expect({ status, body }).toMatchObject({ status: 200, body: { Storage: "lake", Permission: "READWRITE" } });
  await untilTrailSays('"principal":"ci-legacy","issuer":"api-token","identity":"api-token"');
  expect(log.join("\n")).not.toContain(apiToken.slice(4));
});

test.skipIf(isServerDoor)(
  "a caller that API Gateway has verified is its role, and gets what the role is granted",
  async () => {
    const { body } = await get("/v1/aws/storages", headerOf(ours));
    expect(body).toMatchObject({ Storages: [{ Storage: "lake" }] });
    const { status } = await get("/v1/aws/storages/lake/credentials", headerOf(ours));
    expect(status).toBe(200);
    await untilTrailSays('"principal":"arn:aws:iam::111122223333:role/ingest","issuer":"aws"');
    expect(trail()).toContain('"callerSession":"run-17"');
  },
);

test.each(iamPaths)(
  "without an IAM identity, %s is refused even where the emulator lets it through",
  async (path) => {
    for (const authorization of ["AWS4-HMAC-SHA256 Credential=any", `Bearer ${jwt}`, apiToken]) {
      expect(await get(path, { authorization })).toMatchObject({
        status: 401,
        body: { code: "unauthenticated" },
      });
    }
    expect((await get(path, {})).status).toBe(401);
    expect((await get(path, headerOf(foreign))).status).toBe(401);
  },
);

test("on the other routes an IAM identity counts for nothing", async () => {
  for (const path of ["/v1/storages", "/v1/storages/lake/credentials"])
    expect((await get(path, headerOf(ours))).status).toBe(401);
});

/** The headers by which a browser lets a page read an answer, or send a request. */
async function corsOf(method: string, origin: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${api.url}/v1/storages`, {
    method,
    headers: {
      origin,
      ...(method === "OPTIONS"
        ? { "access-control-request-method": "GET", "access-control-request-headers": "authorization" }
        : { authorization: apiToken }),
    },
  });
  const headers = [...response.headers].filter(([name]) => name.startsWith("access-control-"));
  return { status: response.status, ...Object.fromEntries(headers) };
}

test("a page of an origin that the configuration lists may ask with its token and read the answer", async () => {
  const readable = {
    "access-control-allow-origin": page,
    "access-control-expose-headers": "retry-after,warning",
  };
  expect(await corsOf("OPTIONS", page)).toEqual({
    status: 204,
    ...readable,
    "access-control-allow-methods": "GET",
    "access-control-allow-headers": "authorization",
    "access-control-max-age": "3600",
  });
  expect(await corsOf("GET", page)).toEqual({ status: 200, ...readable });
});

test.each([
  "https://app.example.com.evil.example",
  "http://app.example.com",
  "https://APP.example.com",
  "null",
])("no page of %s may, with or without a preflight", async (origin) => {
  expect(await corsOf("OPTIONS", origin)).toEqual({ status: 204 });
  expect(await corsOf("GET", origin)).toEqual({ status: 200 });
});
