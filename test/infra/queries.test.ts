/** The saved queries, asked of what the functions log and of what API Gateway writes beside it. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { lambdaContext } from "../functions/context.ts";
import { startDeployment, type TestDeployment } from "../functions/deployment.ts";
import { httpEvent, type Sent, withId } from "../functions/http-event.ts";
import { accessLine, accessLogFormat } from "./access-log.ts";
import { insights, type LogEvent } from "./insights.ts";

interface SavedQuery {
  Properties: { Name: string; LogGroupNames: string[]; QueryString: string };
}

const { Resources } = parse(readFileSync("infra/queries.yml", "utf8"), { logLevel: "error" });
const queries = Object.entries<SavedQuery>(Resources);
/** The log groups of the stack. */
const groups = ["VendLogGroup", "WarmLogGroup", "HttpApiLogGroup"];

let deployment: TestDeployment;
let vend: Awaited<ReturnType<typeof startVend>>;
let token: string;
const accessLog: LogEvent[] = [];

const startVend = () => deployment.coldStart("vend");

beforeAll(async () => {
  deployment = await startDeployment();
  vend = await startVend();
  token = await deployment.issuer.token({ sub: "alice", tenant: "acme" });
});
afterAll(() => deployment?.close());
beforeEach(() => {
  deployment.log.length = 0;
  accessLog.length = 0;
});

/** Sends a request through API Gateway, which logs it. */
async function send(requestId: string, sent: Sent) {
  const event = withId(httpEvent({ authorization: token, ...sent }), requestId);
  const { statusCode = 0, body = "" } = await vend(event, lambdaContext(`lambda-of-${requestId}`));
  const { routeKey, requestContext } = event;
  const context = {
    requestId,
    "identity.sourceIp": requestContext.http.sourceIp,
    routeKey,
    status: String(statusCode),
    "integration.requestId": `lambda-of-${requestId}`,
    "integration.integrationStatus": "200",
  };
  accessLog.push({ message: accessLine(context), timestamp: Date.now() });
  return { statusCode, body: JSON.parse(body) };
}

/** What a saved query answers, with a text in the place of the one that an operator puts in. */
function ask(name: string, put = "") {
  const { LogGroupNames, QueryString } = (Resources[name] as SavedQuery).Properties;
  const ofFunctions = deployment.log.map((message) => ({ message, timestamp: Date.now() }));
  const events = LogGroupNames.flatMap((group) => {
    expect(groups).toContain(group);
    if (group === "HttpApiLogGroup") return accessLog;
    return group === "VendLogGroup" ? ofFunctions : [];
  });
  return insights(QueryString.replace(/put the \w+ id here/, put), events);
}

describe("every saved query", () => {
  test.each(queries)(
    "%s is understood, and has a name of its own in the stage's folder",
    (_, { Properties }) => {
      expect(insights(Properties.QueryString, [])).toEqual([]);
      // CloudWatch takes no colon and no star, and makes a folder of a slash.
      expect(Properties.Name).toMatch(/^\$\{self:service\}-\$\{sls:stage\}\/[a-z, ]+$/);
    },
  );
});

describe("what became of a request", () => {
  test("is told by its two lines, which have one id and one address", async () => {
    const id = "JKJaXmPLvHcESHA=";
    await send("other", { storage: "lake" });
    const { body } = await send(id, { storage: "lake", sourceIp: "198.51.100.9" });
    const rows = ask("WhatBecameOfThisRequest", id);
    expect(rows).toHaveLength(2);
    expect(rows.map(({ address }) => address)).toEqual(["198.51.100.9", "198.51.100.9"]);
    expect(Object.assign({}, ...rows)).toMatchObject({
      route: "GET /v1/storages/{storage}/credentials",
      status: "200",
      lambdaRequestId: `lambda-of-${id}`,
      "audit.decision": "vended",
      "audit.principal": "alice",
      "audit.grant": "everyone-lake",
      "audit.accessKeyId": body.AccessKeyId,
    });
  });

  test("is told to a caller that has nothing but the id of its refusal", async () => {
    const { body } = await send("a-refusal", { storage: "ungranted" });
    expect(body.requestId).toBe("a-refusal");
    expect(Object.assign({}, ...ask("WhatBecameOfThisRequest", body.requestId))).toMatchObject({
      status: "403",
      "audit.decision": "refused",
      "audit.code": "no_grant",
    });
  });

  test.each([
    ["the gateway's", { "authorizer.error": "The security token included in the request is invalid." }],
    ["the integration's", { "integration.error": "The Lambda function returned the following error: x" }],
    ["one with quotes", { "integration.error": '{"errorMessage":"\\"","status":"200"}' }],
    ["one with a line break", { "error.message": "a\nb" }],
  ])("is found for a request that never reached the function, whatever the error's text: %s", (_, error) => {
    const message = accessLine({ requestId: "never-there", status: "500", ...error });
    accessLog.push({ message, timestamp: 1 });
    expect(ask("WhatBecameOfThisRequest", "never-there")).toHaveLength(1);
    expect(message).toContain(Object.values(error)[0]);
  });
});

describe("the access log", () => {
  test("is one line, and what our queries and alarms read stands before any text that is not ours", () => {
    expect(accessLogFormat).not.toContain("\n");
    const members = Object.entries<string>(JSON.parse(accessLogFormat));
    const texts = ["$context.error.message", "$context.authorizer.error", "$context.integration.error"];
    expect(members.slice(-3).map(([, variable]) => variable)).toEqual(texts);
    const read = members.slice(0, -3).map(([name]) => name);
    expect(read).toEqual(expect.arrayContaining(["requestId", "sourceIp", "route", "status", "stack"]));
  });

  test("is JSON as long as the texts are", () => {
    const texts = {
      "error.message": "Forbidden",
      "authorizer.error": "it's refused",
      "integration.error": "-",
    };
    expect(JSON.parse(accessLine(texts))).toMatchObject({
      error: "Forbidden",
      authorizerError: "it's refused",
      integrationError: "-",
    });
  });
});

test("what is refused is counted with the refusals that a record stands for, and says to whom", async () => {
  await send("1", { storage: "ungranted", sourceIp: "198.51.100.1" });
  await send("2", { storage: "ungranted", sourceIp: "198.51.100.1" });
  await send("3", { storage: "lake" });
  deployment.log.push(
    JSON.stringify({ audit: { decision: "refused", code: "unauthenticated", leftOut: 40 } }),
    JSON.stringify({ audit: { decision: "failed", code: "throttled", storage: "lake", reason: "STS: …" } }),
  );
  expect(ask("WhatIsRefused")).toEqual([
    { "audit.code": "unauthenticated", refusals: 41 },
    expect.objectContaining({
      ...{ "audit.code": "no_grant", "audit.storage": "ungranted", "audit.principal": "alice" },
      ...{ "audit.sourceIp": "198.51.100.1", refusals: 2 },
      latestReason: expect.stringMatching(/./),
    }),
    { "audit.code": "throttled", "audit.storage": "lake", latestReason: "STS: …", refusals: 1 },
  ]);
});

test("which faults were absorbed is told with their causes", async () => {
  const dark = await deployment.coldStart("vend", { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1" });
  deployment.log.length = 0;
  await dark(httpEvent({ authorization: token, storage: "lake" }), lambdaContext("request"));
  const rows = ask("WhatWasAbsorbed");
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows)
    expect(row).toMatchObject({ part: expect.any(String), cause: expect.stringMatching(/./) });
});

test("which addresses send most is counted by what API Gateway answered", async () => {
  for (const id of ["1", "2"]) await send(id, { sourceIp: "203.0.113.1", authorization: "nobody" });
  await send("3", { sourceIp: "198.51.100.1" });
  const route = "GET /v1/storages";
  expect(ask("WhoSendsMost")).toEqual([
    { sourceIp: "203.0.113.1", route, status: "401", requests: 2 },
    { sourceIp: "198.51.100.1", route, status: "200", requests: 1 },
  ]);
});
