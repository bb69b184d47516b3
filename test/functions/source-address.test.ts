/** Grants for some addresses, on Lambda: API Gateway's word on a request's origin counts, the request's own does not. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaContext } from "./context.ts";
import { startDeployment, type TestDeployment } from "./deployment.ts";
import { httpEvent, type Sent, withId } from "./http-event.ts";
import { isServerDoor } from "./server/server-handler.ts";

const inside = "198.51.100.7";
const outside = "203.0.113.7";

let deployment: TestDeployment;
let vend: Awaited<ReturnType<typeof startVend>>;
let token: string;

const startVend = () => deployment.coldStart("vend");

beforeAll(async () => {
  deployment = await startDeployment();
  vend = await startVend();
  token = await deployment.issuer.token({ sub: "alice" });
});
afterAll(() => deployment?.close());

/** Asks for the storage that only callers inside may use. */
async function send(sent: Sent) {
  const event = httpEvent({ authorization: token, storage: "office", ...sent });
  const { statusCode, body = "" } = await vend(event, lambdaContext("request"));
  return { statusCode, body: JSON.parse(body) };
}

const credentials = { statusCode: 200, body: { Storage: "office", AccessKeyId: expect.any(String) } };
const noGrant = { statusCode: 403, body: { code: "no_grant" } };

test.each([inside, `::ffff:${inside}`, "2001:db8:1::7"])(
  "a caller at %s gets credentials",
  async (sourceIp) => {
    expect(await send({ sourceIp })).toMatchObject(credentials);
  },
);

/** A proxy may say the port as well, and API Gateway does not. */
const withPort = isServerDoor ? [] : [`${inside}:443`];

test.each([outside, `::ffff:${outside}`, "2001:db8:2::7", `${inside}, ${outside}`, ...withPort, ""])(
  "a caller at %j gets none, although the cache holds some",
  async (sourceIp) => {
    expect(await send({ sourceIp: inside })).toMatchObject(credentials);
    expect(await send({ sourceIp })).toMatchObject(noGrant);
  },
);

/** The headers in which proxies name the address of their own client. Any client can send them. */
const forwarding = (address: string): Record<string, string>[] => [
  { "x-forwarded-for": address },
  { "X-Forwarded-For": address },
  { "x-forwarded-for": `${address}, ${address}` },
  { forwarded: `for=${address}` },
  { "x-real-ip": address },
  { "true-client-ip": address },
  { "cloudfront-viewer-address": `${address}:443` },
];

test.each(forwarding(inside))("no header lets a caller in: %j", async (headers) => {
  expect(await send({ sourceIp: outside, headers })).toMatchObject(noGrant);
});

test.each(forwarding(outside))("no header keeps a caller out: %j", async (headers) => {
  expect(await send({ sourceIp: inside, headers })).toMatchObject(credentials);
});

test("a caller inside has the storage in its list, and a caller outside has not", async () => {
  const listed = async (sourceIp: string) => {
    const event = httpEvent({ authorization: token, sourceIp });
    const { body = "" } = await vend(event, lambdaContext("request"));
    return JSON.parse(body).Storages.some(({ Storage }: { Storage: string }) => Storage === "office");
  };
  expect([await listed(inside), await listed(outside)]).toEqual([true, false]);
});

test("every record of a request has the address, and the id that API Gateway's own log has", async () => {
  const routes = {
    list: { routeKey: "GET /v1/storages", authorization: "no token" },
    vend: { storage: "lake" },
    deny: { storage: "office" },
    misread: { storage: "lake", query: "permission=ADMIN" },
    explain: { storage: "lake", routeKey: "GET /v1/storages/{storage}/explain" },
    sts: { routeKey: "POST /", body: { text: "Action=GetSessionToken" } },
  };
  deployment.log.length = 0;
  for (const [name, sent] of Object.entries<Sent>(routes)) {
    const headers = { "apigw-requestid": "mine", "x-amzn-requestid": "mine", "x-forwarded-for": inside };
    const event = httpEvent({ authorization: token, sourceIp: outside, headers, ...sent });
    await vend(withId(event, `id-of-${name}`), lambdaContext("Lambda's"));
  }
  const trail = deployment.log.flatMap((line) => JSON.parse(line).audit ?? []);
  expect(trail.map(({ decision, requestId, sourceIp }) => [decision, requestId, sourceIp])).toEqual([
    ["refused", "id-of-list", outside],
    ["vended", "id-of-vend", outside],
    ["refused", "id-of-deny", outside],
    ["refused", "id-of-misread", outside],
    ["explained", "id-of-explain", outside],
    ["refused", "id-of-sts", outside],
  ]);
});

test("an explanation tells a caller outside as little as of a storage that does not exist", async () => {
  const routeKey = "GET /v1/storages/{storage}/explain";
  const headers = { "x-forwarded-for": inside };
  const explained = async (storage: string, sourceIp: string) => {
    const { Storage, Time, ...explanation } = (await send({ storage, routeKey, sourceIp, headers })).body;
    return explanation;
  };
  expect(await explained("office", outside)).toEqual(await explained("none-such", outside));
  expect(await explained("office", inside)).toMatchObject({ Decision: "allowed" });
});
