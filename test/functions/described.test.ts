/** The function answers as its description says. The description itself is one of its answers. */
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { credentialsFormats } from "../../shared/contract.ts";
import { lambdaContext } from "./context.ts";
import { startDeployment, type TestDeployment } from "./deployment.ts";
import { httpEvent, requestId, type Sent } from "./http-event.ts";

const description = "GET /openapi.json";
const credentials = "GET /v1/storages/{storage}/credentials";
const explain = "GET /v1/storages/{storage}/explain";

interface Described {
  content: Record<string, { schema: object }>;
  headers?: Record<string, object>;
}

interface OpenApiDocument {
  paths: Record<string, { get: { responses: Record<string, Described> } }>;
  components: object;
}

let deployment: TestDeployment;
let vend: Awaited<ReturnType<typeof startVend>>;
let token: string;
let document: OpenApiDocument;

const startVend = () => deployment.coldStart("vend");

beforeAll(async () => {
  deployment = await startDeployment();
  vend = await startVend();
  token = await deployment.issuer.token({ sub: "alice", tenant: "acme" });
  document = JSON.parse((await send({ authorization: undefined, routeKey: description })).body);
});
afterAll(() => deployment?.close());

async function send(sent: Sent) {
  const event = httpEvent({ authorization: token, ...sent });
  const { statusCode = 0, headers = {}, body = "" } = await vend(event, lambdaContext("r-1"));
  return { statusCode, headers, body };
}

/** The schema with objects that may have no other members than the described ones. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.entries(schema).map(([name, value]) => [name, closed(value)]);
  return { ...Object.fromEntries(inner), ...("properties" in schema && { additionalProperties: false }) };
}

/** Sends a request, and checks the answer's status, headers and body against the description. */
async function described(sent: Sent & { routeKey: string }) {
  const { statusCode, headers, body } = await send(sent);
  const { responses } = document.paths[sent.routeKey.replace("GET ", "")]?.get ?? expect.unreachable();
  const answer = responses[statusCode] ?? expect.unreachable(`status ${statusCode} is not described`);
  const expected = ["Content-Type", "Cache-Control", ...Object.keys(answer.headers ?? {})];
  expect(expected).toEqual(expect.arrayContaining(Object.keys(headers)));

  const [mediaType = ""] = String(headers["Content-Type"]).split(";");
  const { schema } = answer.content[mediaType] ?? expect.unreachable(`${mediaType} is not described`);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  const check = ajv.compile(closed({ ...schema, components: document.components }) as object);
  const value = mediaType === "application/json" ? JSON.parse(body) : body;
  expect(check(value) ? [] : check.errors).toEqual([]);
  return { statusCode, headers, value };
}

test("the description needs no identity, and leaves no trace of a refusal", async () => {
  deployment.log.length = 0;
  const { statusCode, value } = await described({ authorization: undefined, routeKey: description });
  expect(statusCode).toBe(200);
  expect(value).toMatchObject({ openapi: "3.1.1", info: { title: "keyvend" } });
  expect(deployment.log).toEqual([]);
});

describe("the description is sent once:", () => {
  const ask = (headers: Record<string, string> = {}) =>
    send({ authorization: undefined, routeKey: description, headers });

  test("any cache may keep it for five minutes", async () => {
    expect((await ask()).headers["Cache-Control"]).toBe("public, max-age=300");
  });

  test("every instance names it alike, by its content", async () => {
    const { ETag } = (await ask()).headers;
    expect(ETag).toMatch(/^"[\w-]{22,}"$/);
    vend = await startVend();
    expect((await ask()).headers["ETag"]).toBe(ETag);
  });

  test.each([
    ["if-none-match", (etag: string) => etag],
    ["If-None-Match", (etag: string) => etag],
    // A cache that has compressed it makes the tag weak.
    ["if-none-match", (etag: string) => `W/${etag}`],
    ["if-none-match", (etag: string) => `"other", ${etag}`],
    ["if-none-match", () => "*"],
  ])("%s of a reader that has it: 304, without the text", async (name, value) => {
    const { headers } = await ask();
    const etag = String(headers["ETag"]);
    expect(await ask({ [name]: value(etag) })).toEqual({
      statusCode: 304,
      headers: { ETag: etag, "Cache-Control": "public, max-age=300" },
      body: "",
    });
    expect(document.paths["/openapi.json"]?.get.responses["304"]?.headers).toHaveProperty("ETag");
  });

  test.each(['"other"', "", "W/", "**"])("200 for a reader that has another: %j", async (value) => {
    const { statusCode, body } = await ask({ "if-none-match": value });
    expect([statusCode, JSON.parse(body)]).toEqual([200, document]);
  });
});

describe("the description fits", () => {
  test("the storages", async () => {
    const { value } = await described({ routeKey: "GET /v1/storages" });
    expect(value.Storages.length).toBeGreaterThan(1);
  });

  test.each([
    ["", "AccessKeyId"],
    ["format=container", "ScopeEnforcedBy"],
    ["format=process", "Version"],
    ["format=iceberg", "storage-credentials"],
    ["format=fluss", "addition_info"],
  ])("credentials, asked for by the query %j", async (query, member) => {
    const { value, headers } = await described({ routeKey: credentials, storage: "lake", query });
    expect(value).toHaveProperty([member]);
    expect(value).not.toHaveProperty("Code");
    expect(headers["Cache-Control"]).toBe("no-store");
  });

  test.each([
    ["hadoop", /^fs\.s3a\.session\.token=\S+$/m],
    ["env", /^export AWS_SESSION_TOKEN='\S+'$/m],
  ])("credentials as text: %s", async (format, line) => {
    const query = `format=${format}`;
    const { value, headers } = await described({ routeKey: credentials, storage: "lake", query });
    expect(value).toMatch(line);
    expect(headers).toMatchObject({
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      Warning: expect.stringMatching(/^199 keyvend "Not in this format: /),
    });
  });

  test("every format shows the same session, since a format decides nothing", async () => {
    const [container, process] = await Promise.all(
      ["container", "process"].map((format) =>
        described({ routeKey: credentials, storage: "lake", query: `format=${format}` }),
      ),
    );
    expect(process?.value.AccessKeyId).toBe(container?.value.AccessKeyId);
  });

  test.each([
    [200, "fluss"],
    [200, "hadoop"],
    [200, "env"],
    [409, "container"],
    [409, "process"],
  ])("%i for a storage that vends nothing, asked for %s", async (status, format) => {
    const query = `format=${format}`;
    const { statusCode, value } = await described({ routeKey: credentials, storage: "own-keys", query });
    expect(statusCode).toBe(status);
    expect(JSON.stringify(value)).toContain("http://127.0.0.1:9000");
  });

  test("its Fluss token, which is empty and does not expire", async () => {
    const query = "format=fluss";
    const { value } = await described({ routeKey: credentials, storage: "own-keys", query });
    expect(value).toEqual({ schema: "s3", token: "", addition_info: expect.any(Array) });
  });

  test("explanations of requests that are vended, and of requests that are refused", async () => {
    const query = "format=env&durationSeconds=129600";
    const allowed = await described({ routeKey: explain, storage: "tenants", query });
    expect(allowed.value).toMatchObject({ Decision: "allowed", Policy: { Characters: expect.any(Number) } });
    const refused = await described({ routeKey: explain, storage: "nowhere" });
    expect(refused.value).toMatchObject({ Decision: "refused", Code: "no_grant" });
  });

  test.each([
    [400, { storage: "lake", query: "permission=ADMIN" }],
    [401, { storage: "lake", authorization: "no token" }],
    [403, { storage: "nowhere" }],
    [502, { storage: "half" }],
  ])("a refusal with %i", async (status, sent) => {
    expect((await described({ routeKey: credentials, ...sent })).statusCode).toBe(status);
  });
});

describe("in the format iceberg, a refusal is Iceberg's own error response:", () => {
  test.each([
    [400, "BadRequestException", { storage: "lake", query: "permission=ADMIN&format=iceberg" }],
    [401, "NotAuthorizedException", { storage: "lake", authorization: "no token" }],
    [403, "ForbiddenException", { storage: "nowhere" }],
    [409, "UnsupportedOperationException", { storage: "own-keys" }],
    [502, "ServiceFailureException", { storage: "half" }],
  ])("%i", async (status, type, sent) => {
    const answer = await described({ routeKey: credentials, query: "format=iceberg", ...sent });
    expect(answer.statusCode).toBe(status);
    expect(answer.value).toEqual({
      error: { type, code: status, message: expect.stringContaining(requestId) },
    });
  });

  test("with the address of a storage that vends nothing", async () => {
    const { value } = await described({
      routeKey: credentials,
      query: "format=iceberg",
      storage: "own-keys",
    });
    expect(value).toMatchObject({
      error: { message: expect.stringMatching(/endpoint is http:\/\/127.* the region /) },
    });
  });

  test("but not of an explanation, nor of the list, which no format changes", async () => {
    const query = "format=iceberg";
    for (const routeKey of [explain, "GET /v1/storages"]) {
      const { value } = await described({ routeKey, storage: "lake", authorization: "no token", query });
      expect(value).toMatchObject({ code: "unauthenticated" });
    }
  });
});

test("an unknown format is refused, and the refusal names the known ones", async () => {
  const { statusCode, value } = await described({
    routeKey: credentials,
    storage: "lake",
    query: "format=xml",
  });
  expect([statusCode, value.fields]).toEqual([
    400,
    [{ field: "format", message: `must be ${credentialsFormats.join(" or ")}` }],
  ]);
});

test("a caller without a grant is refused in every format, even if the cache has a session", async () => {
  for (const format of credentialsFormats) {
    const query = `format=${format}`;
    const { statusCode, value } = await described({ routeKey: credentials, storage: "ungranted", query });
    expect(statusCode).toBe(403);
    expect(value).toMatchObject(format === "iceberg" ? { error: { code: 403 } } : { code: "no_grant" });
  }
});
