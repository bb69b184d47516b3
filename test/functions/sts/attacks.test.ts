/** What an attacker sends to the door for STS, through the whole function, as API Gateway hands it on. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { serve } from "../../aws/fake-service.ts";
import { lambdaContext } from "../context.ts";
import { clientKey, clientKeyIds, startDeployment, type TestDeployment, unspeakable } from "../deployment.ts";
import { httpEvent, requestId as id } from "../http-event.ts";
import { isServerDoor } from "../server/server-handler.ts";
import { formOf, roleForm, signedPost } from "./signed-post.ts";
import { host, post, type StsRequest } from "./sts-client.ts";

let deployment: TestDeployment;
let vend: Awaited<ReturnType<typeof startVend>>;
let token: string;
let catalog: Awaited<ReturnType<typeof clientKey>>;

const startVend = () => deployment.coldStart("vend");

beforeAll(async () => {
  deployment = await startDeployment();
  vend = await startVend();
  token = await deployment.issuer.token({ sub: "alice", tenant: "acme" });
  catalog = await clientKey("catalog");
});
afterAll(() => deployment?.close());
beforeEach(() => {
  deployment.log.length = 0;
});

function trail(): Record<string, unknown>[] {
  return deployment.log.flatMap((line) => JSON.parse(line).audit ?? []);
}

const webIdentity = (change: Record<string, string> = {}) =>
  formOf({
    ...{ Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", WebIdentityToken: token },
    ...{ RoleArn: "arn:aws:iam::000000000000:role/keyvend/tenants", RoleSessionName: "a-session" },
    ...change,
  });

/** Sends a request that is refused as STS refuses, and tells nothing that is secret, there or in the log. */
async function refused(request: StsRequest): Promise<string> {
  const { status, headers, body } = await post(vend, request);
  const [, type, code, message, requestId] =
    /^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><Error><Type>(\w+)<\/Type><Code>(\w+)<\/Code><Message>([^<>]*)<\/Message><\/Error><RequestId>([^<>]*)<\/RequestId><\/ErrorResponse>$/.exec(
      body,
    ) ?? expect.unreachable(body);
  expect(headers).toMatchObject({ "Content-Type": "text/xml", "Cache-Control": "no-store" });
  expect(type).toBe(status < 500 ? "Sender" : "Receiver");
  const told = [body, ...deployment.log].join("\n");
  for (const secret of [token, catalog.secretAccessKey, ...unspeakable]) expect(told).not.toContain(secret);
  expect(requestId).toBe(id);
  expect(trail()).toMatchObject([{ decision: "refused", requestId, sourceIp: "192.0.2.1" }]);
  return `${status} ${code}: ${message}`;
}

/** A refusal before the caller is known: it is the stranger's, and counted among those that are sampled. */
async function refusedStranger(request: StsRequest): Promise<string> {
  const answer = await refused(request);
  expect(trail()[0]).not.toHaveProperty("principal");
  return answer;
}

/** One more request of a test, for which the trail begins anew. */
function fresh(request: StsRequest): StsRequest {
  deployment.log.length = 0;
  return request;
}

const taken = async (request: StsRequest) => (await post(vend, request)).status === 200;
const notItsSignature = /^403 SignatureDoesNotMatch: /;

test("what is attacked here would be taken if nobody touched it", async () => {
  expect(await taken(signedPost(catalog))).toBe(true);
  expect(await taken(signedPost(catalog, { path: "/v1/sts/" }))).toBe(true);
  expect(await taken({ body: webIdentity() })).toBe(true);
  expect(await taken({ query: webIdentity() })).toBe(true);
});

describe("without a signature", () => {
  test.each(["AssumeRole", "GetSessionToken", "GetCallerIdentity"])("%s is refused", async (Action) => {
    const body = formOf({ Action, Version: "2011-06-15" });
    expect(await refusedStranger({ body })).toMatch(/^403 MissingAuthenticationToken: /);
    // A token for the other doors proves nothing here.
    const headers = { authorization: `Bearer ${token}` };
    expect(await refusedStranger(fresh({ body, headers }))).toMatch(/^400 IncompleteSignature: /);
  });

  test("an identity that API Gateway has verified counts for nothing", async () => {
    const iam = {
      accountId: "111122223333",
      userArn: "arn:aws:iam::111122223333:user/catalog",
      accessKey: "A",
    };
    const body = { text: formOf({ Action: "GetCallerIdentity", Version: "2011-06-15" }) };
    const event = httpEvent({ routeKey: "POST /", iam, body });
    expect(await vend(event, lambdaContext("r-1"))).toMatchObject({ statusCode: 403 });
  });
});

describe("a signed request that is changed on its way:", () => {
  const changes: [string, (request: StsRequest) => StsRequest][] = [
    ["another host", (r) => ({ ...r, headers: { ...r.headers, host: "other.example.com" } })],
    ["no host", ({ headers: { host: _, ...headers } = {}, ...r }) => ({ ...r, headers })],
    ["another path", (r) => ({ ...r, path: "/v1" })],
    ["a member more in the query", (r) => ({ ...r, query: "DurationSeconds=43200" })],
    ["a member more in the body", (r) => ({ ...r, body: `${r.body}&DurationSeconds=43200` })],
    ["another storage in the body", (r) => ({ ...r, body: String(r.body).replace("tenants", "lake") })],
    ["no body", (r) => ({ ...r, body: "", query: String(r.body) })],
    ["another date", (r) => ({ ...r, headers: { ...r.headers, "x-amz-date": "20261122T150000Z" } })],
  ];
  test.each(changes)("%s", async (_what, change) => {
    expect(await refusedStranger(change(signedPost(catalog)))).toMatch(
      /^(403 SignatureDoesNotMatch|400 IncompleteSignature): /,
    );
  });

  test("a member of the query that was signed", async () => {
    const signed = signedPost(catalog, { form: "", query: roleForm() });
    expect(await taken(signed)).toBe(true);
    const query = signed.query?.replace("tenants", "lake") ?? "";
    expect(await refusedStranger(fresh({ ...signed, query }))).toMatch(notItsSignature);
  });

  test("a header that its signer named", async () => {
    const signed = signedPost(catalog, { headers: { "Amz-Sdk-Request": "attempt=1" } });
    const rewritten = { ...signed.headers, "amz-sdk-request": "attempt=2" };
    expect(await taken(signed)).toBe(true);
    expect(await refusedStranger(fresh({ ...signed, headers: rewritten }))).toMatch(notItsSignature);
  });
});

describe("a signature", () => {
  test.each([-301, 301])("of a clock that is off by %i seconds", async (at) => {
    expect(await refusedStranger(signedPost(catalog, { at }))).toMatch(
      /^400 RequestExpired: Signature (expired|not yet current)/,
    );
  });

  test.each([-290, 290])("of a clock that is off by %i seconds is taken", async (at) => {
    expect(await taken(signedPost(catalog, { at }))).toBe(true);
  });

  test("for another service", async () => {
    expect(await refusedStranger(signedPost(catalog, { service: "s3" }))).toMatch(notItsSignature);
  });

  test("for any region is taken", async () => {
    expect(await taken(signedPost(catalog, { region: "us-gov-west-1" }))).toBe(true);
  });

  test.each([
    ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"],
    ["AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"],
    ["AWS4-HMAC-SHA256", "AWS"],
    [/Signature=\w+$/, "Signature="],
    [/SignedHeaders=[^,]+/, "SignedHeaders=host"],
    [/$/, ", Signature=0"],
  ])("with %s changed to %j", async (from, to) => {
    const signed = signedPost(catalog);
    const authorization = signed.headers?.["authorization"]?.replace(from, to) ?? "";
    expect(await refusedStranger({ ...signed, headers: { ...signed.headers, authorization } })).toMatch(
      /^(400 IncompleteSignature|403 SignatureDoesNotMatch): /,
    );
  });

  test.each([
    ["unknown" as const, /^403 InvalidClientTokenId: The access key id is not that of a client key/],
    // Of a master key that is no longer in the secret, whatever secret was derived from it.
    ["retired" as const, /^403 InvalidClientTokenId: The access key id is not that of a client key/],
    ["late" as const, /^403 InvalidClientTokenId: The client key has expired/],
  ])("by a client key that is %s", async (name, message) => {
    expect(await refusedStranger(signedPost(await clientKey(name)))).toMatch(message);
  });

  test("by the secret of another client key", async () => {
    const { accessKeyId } = await clientKey("job");
    expect(await refusedStranger(signedPost({ ...catalog, accessKeyId }))).toMatch(notItsSignature);
  });

  test("by a session that was vended here: it says that this door cannot verify it", async () => {
    const { body } = await post(vend, signedPost(catalog));
    const [accessKeyId = "", secretAccessKey = "", sessionToken = ""] = [
      "AccessKeyId",
      "SecretAccessKey",
      "SessionToken",
    ].map((name) => new RegExp(`<${name}>([^<]+)`).exec(body)?.[1]);
    const form = { Action: "GetCallerIdentity", Version: "2011-06-15" };
    const request = signedPost({ accessKeyId, secretAccessKey }, { sessionToken, form });
    expect(await refusedStranger(fresh(request))).toMatch(
      /^403 InvalidClientTokenId: .*cannot verify.* session/,
    );
  });

  test("in a presigned address", async () => {
    const { query: _, ...signed } = signedPost(catalog);
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${clientKeyIds.catalog}%2F20261122%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Signature=00`;
    for (const headers of [signed.headers ?? {}, { host }]) {
      expect(await refusedStranger(fresh({ ...signed, headers, query }))).toMatch(
        /^400 IncompleteSignature: /,
      );
    }
  });
});

describe("a member that is given twice:", () => {
  test.each([
    ["in the body", (form: string) => ({ body: `${form}&WebIdentityToken=a` })],
    ["in the query", (form: string) => ({ query: `WebIdentityToken=a&${form}` })],
    ["in both", (form: string) => ({ query: "WebIdentityToken=abcd", body: form })],
    ["the action", (form: string) => ({ query: "Action=GetCallerIdentity", body: form })],
  ])("%s", async (_where, requestOf) => {
    expect(await refusedStranger(requestOf(webIdentity()))).toMatch(
      /^400 ValidationError: (WebIdentityToken|Action) must be given once\.$/,
    );
  });

  test("also where both places are signed", async () => {
    const request = signedPost(catalog, { query: "RoleArn=arn%3Aaws%3Aiam%3A%3A%3Arole%2Fkeyvend%2Flake" });
    expect(await refusedStranger(request)).toMatch(/^400 ValidationError: RoleArn must be given once\.$/);
  });
});

describe("a body", () => {
  test("is the same in base64 and as text", async () => {
    const { headers = {}, body = "" } = signedPost(catalog);
    for (const isBase64 of [true, false]) {
      const text = Buffer.from(body).toString(isBase64 ? "base64" : "utf8");
      const event = httpEvent({ routeKey: "POST /", headers, body: { text, isBase64 } });
      expect(await vend(event, lambdaContext("r-1"))).toMatchObject({ statusCode: 200 });
    }
  });

  test("in base64 that is said to be text is no form", async () => {
    const text = Buffer.from(webIdentity()).toString("base64");
    const event = httpEvent({ routeKey: "POST /", body: { text } });
    const { statusCode, body = "" } = await vend(event, lambdaContext("r-1"));
    expect([statusCode, body.includes("InvalidAction")]).toEqual([400, true]);
    expect(deployment.log.join("\n")).not.toContain(text.slice(0, 40));
  });

  test("beyond 64 kB is not read, nor is a query with it", async () => {
    const long = "x".repeat(40_000);
    const both = { query: long, body: long };
    // The server takes no header that is so long.
    for (const request of [{ body: `${long}${long}` }, ...(isServerDoor ? [] : [both])])
      expect(await refusedStranger(fresh(request))).toBe(
        "400 ValidationError: A request must be at most 65,536 bytes long.",
      );
  });

  test("of JSON, of bytes, or of nothing asks for nothing", async () => {
    for (const body of ['{"Action":"GetCallerIdentity"}', Buffer.from([0, 0xff, 0xfe]), ""])
      expect(await refusedStranger(fresh({ body }))).toMatch(/^400 (InvalidAction|ValidationError): /);
  });
});

test.each([
  ["Action", { Action: "GetFederationToken" }],
  ["Action", { Action: "constructor" }],
  ["Version", { Version: "2011-06-14" }],
  ["Version", { Version: "" }],
])("another %s is none: %j", async (_name, change) => {
  expect(await refusedStranger({ body: webIdentity(change as Record<string, string>) })).toMatch(
    /^400 InvalidAction: This is keyvend&apos;s door for STS\. It answers AssumeRoleWithWebIdentity, /,
  );
});

describe("a web identity token:", () => {
  const withToken = (WebIdentityToken: string) => ({ body: webIdentity({ WebIdentityToken }) });

  test("one that is changed", async () => {
    expect(await refusedStranger(withToken(`${token.slice(0, -8)}AAAAAAAA`))).toMatch(
      /^400 InvalidIdentityToken: /,
    );
  });

  test("one that has expired", async () => {
    const late = await deployment.issuer.token({ sub: "alice", exp: Math.floor(Date.now() / 1_000) - 300 });
    expect(await refusedStranger(withToken(late))).toBe(
      "400 ExpiredTokenException: The identity token has expired.",
    );
  });

  test.each(["kvt_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "Bearer e30.e30.e30", "a b c d"])(
    "a static API token, or what is no token: %s",
    async (text) => {
      expect(await refusedStranger(withToken(text))).toMatch(/^400 InvalidIdentityToken: /);
    },
  );

  test("none", async () => {
    const form = formOf({ Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15" });
    expect(await refusedStranger({ body: form })).toMatch(
      /^400 ValidationError: WebIdentityToken must not be null/,
    );
  });

  test("one that is longer than STS's own limit", async () => {
    expect(await refusedStranger(withToken("a".repeat(20_001)))).toMatch(
      /^400 ValidationError: WebIdentityToken must have length less than or equal to 20000/,
    );
  });

  test("one that no header could hold is read", async () => {
    const long = await deployment.issuer.token({ sub: "alice", tenant: "acme", groups: "g".repeat(12_000) });
    expect(long.length).toBeGreaterThan(10_240);
    expect(await taken(withToken(long))).toBe(true);
  });
});

describe("a query string is in no log,", () => {
  test.each([
    ["whatever is taken", () => webIdentity()],
    ["whatever is refused", () => webIdentity({ RoleArn: "arn:aws:iam::111122223333:role/other" })],
    ["wherever the token stands", () => `${token}=&${webIdentity()}`],
    ["however it is spelled", () => webIdentity().replace("WebIdentityToken", "webidentitytoken")],
    ["with an action that is none", () => webIdentity({ Action: "AssumeRoot" })],
  ])("%s", async (_what, queryOf) => {
    await post(vend, { query: queryOf() });
    const log = deployment.log.join("\n");
    expect(deployment.log.length).toBeGreaterThan(0);
    for (const piece of [token, token.slice(0, 30), token.split(".")[2] ?? "", "WebIdentityToken="])
      expect(log).not.toContain(piece);
  });
});

describe("markup in what is echoed is text:", () => {
  const markup = `"><script>&'\u0000\u001b]]>`;

  test.each([
    "RoleArn",
    "RoleSessionName",
    "Policy",
    "ExternalId",
    "DurationSeconds",
    "Tags.member.1.Key",
    "<a>",
  ])("in %s", async (name) => {
    const long = `${markup}${"x".repeat(20)}`;
    expect(await refused(signedPost(catalog, { form: roleForm({ [name]: long }) }))).not.toContain("script");
  });

  test("in a role that is understood, for a caller that is refused", async () => {
    const RoleArn = `arn:aws:iam:::role/keyvend/tenants/READ/a<b>&"'c`;
    const message = await refused(signedPost(catalog, { form: roleForm({ RoleArn }) }));
    expect(message).toContain("on s3://lake/a&lt;b&gt;&amp;&quot;&apos;c/ of storage tenants");
  });

  test("in the claims of a token", async () => {
    const sub = `${markup}\ud800`;
    const strange = await deployment.issuer.token({ sub, tenant: "acme", aud: ["keyvend", "<b>"] });
    const { status, body } = await post(vend, { body: webIdentity({ WebIdentityToken: strange }) });
    expect(status).toBe(200);
    expect(body).toContain(
      "<SubjectFromWebIdentityToken>&quot;&gt;&lt;script&gt;&amp;&apos;\ufffd\ufffd]]&gt;\ufffd</SubjectFromWebIdentityToken>",
    );
    expect(body).toContain("<Arn>arn:aws:sts::000000000000:assumed-role/keyvend/-script-</Arn>");
    expect(body).toMatch(/^[\t\n\r\x20-\ufffd]*$/);
  });
});

test.skipIf(isServerDoor)("a stranger writes one short line into the log, whatever it sends", async () => {
  const longest = ["\u202e", "\u0001", '\\"', "\u{e0001}", "<"].map((unit) => unit.repeat(6_000));
  for (const text of longest) {
    const requests: StsRequest[] = [
      { body: webIdentity({ WebIdentityToken: text }).slice(0, 60_000) },
      { query: `${encodeURIComponent(text).slice(0, 60_000)}=a` },
      { body: webIdentity(), headers: { authorization: text } },
      { body: roleForm(), headers: { authorization: text.slice(0, 8_000) } },
    ];
    for (const request of requests) {
      deployment.log.length = 0;
      await post(vend, request);
      for (const line of deployment.log) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2_500);
    }
  }
});

test.skipIf(isServerDoor)(
  "a request that takes all the time that the function has is answered as STS answers",
  async () => {
    const AWS_ENDPOINT_URL_DYNAMODB = await serve(() => {});
    const late = await deployment.coldStart("vend", { AWS_ENDPOINT_URL_DYNAMODB });
    const event = httpEvent({ routeKey: "POST /", body: { text: webIdentity() } });
    const { statusCode, headers, body } = await late(event, lambdaContext("r-1", 10));
    expect([statusCode, headers?.["Content-Type"]]).toEqual([500, "text/xml"]);
    expect(body).toContain("<Code>InternalFailure</Code>");
    // Lambda would stop the instance then; here nothing does.
    await vi.waitFor(() => expect(trail()).toHaveLength(1), { timeout: 10_000 });
  },
);
