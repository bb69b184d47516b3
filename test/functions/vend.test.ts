import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { CredentialsAnswer, ErrorCode, Problem } from "../../shared/contract.ts";
import { serve } from "../aws/fake-service.ts";
import { lambdaContext } from "./context.ts";
import { endpoint, startDeployment, type TestDeployment, unspeakable } from "./deployment.ts";
import { httpEvent, requestId, type Sent } from "./http-event.ts";
import { isServerDoor } from "./server/server-handler.ts";

/** Lambda's id of the same request. */
const lambdaRequestId = "11111111-2222-3333-4444-555555555555";
const never = { "Content-Type": "application/json", "Cache-Control": "no-store" };

let deployment: TestDeployment;
let vend: Awaited<ReturnType<typeof startVend>>;
let token: string;

const startVend = (environment?: object) => deployment.coldStart("vend", environment);

beforeAll(async () => {
  deployment = await startDeployment();
  vend = await startVend();
  token = await deployment.issuer.token({ sub: "alice", tenant: "acme" });
});
afterAll(() => deployment?.close());
beforeEach(() => {
  deployment.log.length = 0;
});

/** Sends a request, by default with alice's token, and reads the answer. */
async function send(sent: Sent, handler = vend) {
  const event = httpEvent({ authorization: token, ...sent });
  const { statusCode, headers, body = "" } = await handler(event, lambdaContext(lambdaRequestId));
  return { statusCode, headers, body: JSON.parse(body) };
}

/** The audit trail since the test began. */
function trail(): Record<string, unknown>[] {
  return deployment.log.flatMap((line) => JSON.parse(line).audit ?? []);
}

/** Sends a request that is refused. The refusal must look like every other, tell no secret, and be in the trail. */
async function refusal(sent: Sent, handler = vend) {
  const { statusCode, headers, body } = await send(sent, handler);
  const { code, message, Code, Message, ...more } = body as Problem;
  expect(headers).toMatchObject(never);
  expect([Code, Message, more.requestId]).toEqual([code, message, requestId]);
  const text = JSON.stringify(body);
  expect(text).not.toMatch(/arn:|AKIA|ASIA|\.ts\b|\n? at |Exception|Error\b|node_modules|secret|STS/i);
  const { authorization = token } = sent;
  for (const secret of [...unspeakable, authorization].filter((each) => each.length > 10)) {
    expect(text).not.toContain(secret);
    expect(deployment.log.join("\n")).not.toContain(secret);
  }
  expect(deployment.log.join("\n")).not.toMatch(/arn:|\\n +at /);
  expect(trail()).toMatchObject([{ decision: "refused", code, requestId, sourceIp: "192.0.2.1" }]);
  return { statusCode, headers, body: { code, message, ...more } };
}

describe("credentials", () => {
  test("are the AWS container-credentials answer, with the address and the scope beside it", async () => {
    const before = Date.now();
    const { statusCode, headers, body } = await send({ storage: "lake" });
    expect({ statusCode, headers }).toEqual({ statusCode: 200, headers: never });
    expect(body).toEqual({
      AccessKeyId: expect.stringMatching(/^ASIA[A-Z0-9]{16}$/),
      SecretAccessKey: expect.stringMatching(/^.{30,}$/),
      Token: expect.stringMatching(/^.{30,}$/),
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/),
      Storage: "lake",
      Bucket: "lake",
      Endpoint: endpoint,
      Region: "us-east-1",
      PathStyleAccess: true,
      Targets: ["s3://lake/"],
      Permission: "READWRITE",
      ScopeEnforcedBy: "identity",
      DurationSeconds: 3_600,
    } satisfies Record<keyof Omit<CredentialsAnswer, "Also" | "DurationCappedBy" | "Warning">, unknown>);
    const lifeSeconds = (Date.parse(body.Expiration) - before) / 1_000;
    expect(lifeSeconds).toBeGreaterThan(3_590);
    expect(lifeSeconds).toBeLessThan(3_605);
  });

  test("are recorded with the caller, the grant and the tier of the cache, and without any secret", async () => {
    const { body } = await send({ storage: "lake", query: "durationSeconds=7200" });
    await send({ storage: "lake", query: "durationSeconds=7200" });
    const common = {
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      requestId,
      sourceIp: "192.0.2.1",
      decision: "vended",
      principal: "alice",
      issuer: "local",
      identity: "oidc",
      tokenHash: expect.stringMatching(/^[0-9a-f]{32}$/),
      grant: "everyone-lake",
      storage: "lake",
      way: "session-token",
      targets: ["s3://lake/"],
      permission: "READWRITE",
      sessionName: "keyvend-lake",
      accessKeyId: body.AccessKeyId,
      expiration: body.Expiration,
    };
    expect(trail()).toMatchObject([
      { ...common, cache: "issued" },
      { ...common, cache: expect.stringMatching(/^(table|memory)$/) },
    ]);
    const log = deployment.log.join("\n");
    for (const secret of [body.SecretAccessKey, body.Token, token, ...unspeakable])
      expect(log).not.toContain(secret);
  });

  test.each(["", "Bearer ", "bearer ", "BEARER ", "bEaReR   "])("for a token after %j", async (scheme) => {
    expect(await send({ authorization: scheme + token, storage: "lake" })).toMatchObject({ statusCode: 200 });
  });

  test("for targets whose blanks, plus signs and slashes are encoded as a form encodes them", async () => {
    const query = [
      "target=s3%3A%2F%2Flake%2Ftenants%2Facme%2Fa%20b",
      "target=s3://lake/tenants/acme/c+d/",
      "target=s3://lake/tenants/acme/e%2Bf",
      "target=s3://lake/tenants/acme/e%2Bf/",
      "permission=READ&durationSeconds=1800",
    ].join("&");
    const { statusCode, body } = await send({ storage: "tenants", query });
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({
      Targets: ["a b", "c d", "e+f"].map((name) => `s3://lake/tenants/acme/${name}/`),
      Permission: "READ",
      ScopeEnforcedBy: "session-policy",
      DurationSeconds: 1_800,
    });
  });

  test("for less time than asked for, with the name of what capped it", async () => {
    const { body } = await send({ storage: "tenants", query: "durationSeconds=129600" });
    expect(body).toMatchObject({ DurationSeconds: 3_600, DurationCappedBy: "storage" });
  });
});

describe("the list of storages", () => {
  test("has the storages that this caller may use, with its own folder, and no others", async () => {
    const { statusCode, headers, body } = await send({});
    expect({ statusCode, headers }).toEqual({ statusCode: 200, headers: never });
    expect(Object.keys(body)).toEqual(["Storages"]);
    const names = body.Storages.map(({ Storage }: { Storage: string }) => Storage);
    expect(names).toContain("lake");
    expect(names).not.toContain("ungranted");
    const at = { Bucket: "lake", Endpoint: endpoint, Region: "us-east-1", PathStyleAccess: true };
    const grant = { Permission: "READWRITE", MaxDurationSeconds: 3_600 };
    expect(body.Storages).toContainEqual({
      ...at,
      Storage: "tenants",
      Vends: true,
      Grants: [{ ...grant, Targets: ["s3://lake/tenants/acme/"] }],
    });
    expect(body.Storages).toContainEqual({
      ...at,
      Storage: "own-keys",
      Vends: false,
      Grants: [{ ...grant, Targets: ["s3://lake/"] }],
    });
  });

  test("leaves out a storage if no folder can be made from the caller's claims", async () => {
    const stranger = await deployment.issuer.token({ sub: "mallory", tenant: "../acme" });
    const { body } = await send({ authorization: stranger });
    expect(JSON.stringify(body)).not.toContain("tenants");
  });
});

describe("401, the same for every fault", () => {
  const forged = async () => {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const claims = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), sub: "root" };
    return [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
  };
  test.each<[string, () => Promise<string | undefined>]>([
    ["no token", async () => undefined],
    ["an empty one", async () => ""],
    ["a scheme alone", async () => "Bearer "],
    ["another scheme", async () => `Basic ${token}`],
    ["no JWT", async () => "Bearer abc"],
    ["two tokens", async () => `${token}, ${token}`],
    ["a forged one", forged],
    ["one for another service", () => deployment.issuer.token({ aud: "another-service" })],
    ["an expired one", () => deployment.issuer.token({ exp: 1_700_000_000 })],
  ])("%s", async (_, authorization) => {
    const expected = {
      statusCode: 401,
      headers: { ...never, "WWW-Authenticate": 'Bearer realm="keyvend"' },
      body: {
        code: "unauthenticated",
        message: "The identity token is missing or not accepted.",
        requestId,
      },
    };
    expect(await refusal({ authorization: await authorization(), storage: "lake" })).toEqual(expected);
  });

  test("a fault of the identity comes before all faults of the request", async () => {
    expect(await refusal({ authorization: undefined, storage: "none-such", query: "x=1" })).toMatchObject({
      statusCode: 401,
    });
    expect(trail()[0]).not.toHaveProperty("principal");
  });
});

describe("403 no_grant, so that names cannot be probed", () => {
  test.each([
    ["a storage without a grant", "ungranted"],
    ["an unknown one", "none-such"],
    ["a member of every object", "constructor"],
    ["a name that is encoded once more", "la%6be"],
    ["a path", "../lake"],
    ["ten kilobytes", "x".repeat(10_000)],
  ])("%s", async (_, storage) => {
    expect(await refusal({ storage })).toEqual({
      statusCode: 403,
      headers: never,
      body: { code: "no_grant", message: "No grant of yours covers this request.", requestId },
    });
    expect(trail()).toMatchObject([{ principal: "alice", storage }]);
  });

  test("a folder of another tenant", async () => {
    const { body } = await refusal({ storage: "tenants", query: "target=s3://lake/tenants/acme2/" });
    const { Code: _, Message: __, ...unknown } = (await send({ storage: "none-such" })).body;
    expect(body).toEqual(unknown);
  });
});

describe("400", () => {
  test("names every field that is wrong, and is in the trail with its caller", async () => {
    const query = "permission=ADMIN&durationSeconds=1799&target=lake&color=red";
    const { statusCode, body } = await refusal({ storage: "lake", query });
    expect(statusCode).toBe(400);
    expect(body).toMatchObject({
      code: "invalid_request",
      fields: expect.arrayContaining(
        ["permission", "durationSeconds", "target", "color"].map((field) => ({
          field,
          message: expect.any(String),
        })),
      ),
    });
    expect(body.fields).toHaveLength(4);
    expect(trail()).toMatchObject([{ principal: "alice", issuer: "local", storage: "lake" }]);
    expect(trail()[0]?.["tokenHash"]).toMatch(/^[0-9a-f]{32}$/);
  });

  test("not_scopable: a part of a storage that can only be vended whole", async () => {
    expect(await refusal({ storage: "lake", query: "permission=READ" })).toMatchObject({
      statusCode: 400,
      body: { code: "not_scopable" },
    });
  });

  test("a folder that no policy can name, such as bytes that are no UTF-8", async () => {
    const { statusCode } = await refusal({
      storage: "tenants",
      query: "target=s3://lake/tenants/acme/%FF%FE/",
    });
    expect(statusCode).toBe(400);
  });
});

test.each<[string, Sent]>([
  ["another route", { routeKey: "GET /v2/storages" }],
  ...(isServerDoor ? [] : [["the default route", { routeKey: "$default" }] satisfies [string, Sent]]),
  ["a storage without a name", { storage: "" }],
])("404: %s is a problem like others, but no refusal in the trail", async (_, sent) => {
  const { statusCode, headers, body } = await send({ ...sent, authorization: undefined });
  expect({ statusCode, headers }).toEqual({ statusCode: 404, headers: never });
  expect(body).toMatchObject({ code: "not_found", Code: "not_found", requestId });
  expect(trail()).toEqual([]);
});

describe("the route is the one that API Gateway has matched", () => {
  test.each(["/keyvend", "/prod", "/v1/aws"])("behind %s, which precedes it in the path", async (base) => {
    const event = httpEvent({ authorization: token, storage: "lake" });
    const rawPath = base + event.rawPath;
    const { statusCode } = await vend({ ...event, rawPath }, lambdaContext(lambdaRequestId));
    expect(statusCode).toBe(200);
  });

  const iam = { userArn: "arn:aws:iam::111122223333:user/alice", userId: "AIDA", accessKey: "AKIA" };

  test.skipIf(isServerDoor)(
    "its caller is the identity whose signature API Gateway has verified",
    async () => {
      const routeKey = "GET /v1/aws/storages";
      const sent = { routeKey, authorization: "AWS4-HMAC-SHA256 Credential=any" };
      expect(await send({ ...sent, iam })).toMatchObject({ statusCode: 200, body: { Storages: [] } });
      const foreign = { ...iam, userArn: iam.userArn.replace("1111", "9999") };
      expect(await send({ ...sent, iam: foreign })).toMatchObject({ statusCode: 401 });
      expect(await send(sent)).toMatchObject({ statusCode: 401 });
    },
  );

  test("a verified signature counts for nothing on a route for tokens, whatever the path says", async () => {
    const event = httpEvent({ iam });
    const rawPath = "/v1/aws/storages";
    const { statusCode } = await vend({ ...event, rawPath }, lambdaContext(lambdaRequestId));
    expect(statusCode).toBe(401);
  });
});

test("409: the answer for a storage that vends nothing still has its address", async () => {
  expect(await refusal({ storage: "own-keys" })).toEqual({
    statusCode: 409,
    headers: never,
    body: {
      code: "delegation_off",
      message: expect.stringContaining("own-keys"),
      requestId,
      Storage: "own-keys",
      Bucket: "lake",
      Endpoint: endpoint,
      Region: "us-east-1",
      PathStyleAccess: true,
    },
  });
});

describe("502 names the storage, and nothing of its key", () => {
  test.each(["wrong", "unreadable", "half", "missing"])("%s", async (storage) => {
    expect(await refusal({ storage })).toEqual({
      statusCode: 502,
      headers: never,
      body: {
        code: "storage_misconfigured",
        message: `Storage ${storage} cannot issue credentials.`,
        requestId,
      },
    });
    // The operator can read what to change.
    expect(trail()[0]?.["reason"]).toMatch(/\(.{20,}\)$/);
  });
});

describe("503 says when to come back", () => {
  // Of two storages, because a storage whose STS fails is left alone by all callers for two seconds.
  test.each<["throttled" | "unavailable", ErrorCode, string]>([
    ["throttled", "throttled", "busy"],
    ["unavailable", "unavailable", "away"],
  ])("STS is %s", async (fault, code, storage) => {
    deployment.sts.trouble.fault = fault;
    try {
      expect(await refusal({ storage })).toEqual({
        statusCode: 503,
        headers: { ...never, "Retry-After": "2" },
        body: { code, message: `Storage ${storage} cannot issue credentials right now.`, requestId },
      });
    } finally {
      deployment.sts.trouble.fault = undefined;
    }
  });
});

test("500: the answer to an unforeseen fault shows its request id only", async () => {
  const handler = await startVend({ VENDING_CONFIG: await deployment.brokenConfig() });
  expect(await refusal({ storage: "lake" }, handler)).toEqual({
    statusCode: 500,
    headers: never,
    body: {
      code: "internal",
      message: "Something went wrong here; the operator finds it by the request id.",
      requestId,
    },
  });
  expect(trail()[0]?.["reason"]).toMatch(/^TypeError: /);
});

test.skipIf(isServerDoor)(
  "a request that takes all the time that the function has is answered with a problem, too",
  async () => {
    const AWS_ENDPOINT_URL_DYNAMODB = await serve(() => {});
    const handler = await startVend({ AWS_ENDPOINT_URL_DYNAMODB });
    const event = httpEvent({ authorization: token, storage: "lake" });
    const context = lambdaContext(lambdaRequestId, 10);
    const { statusCode, headers, body = "" } = await handler(event, context);
    expect({ statusCode, headers }).toEqual({ statusCode: 500, headers: never });
    expect(JSON.parse(body)).toMatchObject({ code: "internal", requestId });
    // Lambda would stop the instance then; here nothing does.
    await vi.waitFor(() => expect(trail()).toHaveLength(1), { timeout: 10_000 });
  },
);
