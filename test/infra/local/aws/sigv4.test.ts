import aws4 from "aws4";
import { expect, test } from "vitest";
import type { ReceivedRequest } from "../../../../infra/local/aws/listener.ts";
import { readSignature } from "../../../../infra/local/aws/sigv4/read-signature.ts";
import { signingKey, verifySignature } from "../../../../infra/local/aws/sigv4/verify-signature.ts";
import { type RawRequest, send } from "./raw-request.ts";
import { createWorld, lakeKey, region } from "./world.ts";

/** Signs for S3 with aws4: a signer that shares nothing with what is tested. */
function signed(url: string, request: RawRequest & { signQuery?: boolean }): RawRequest {
  const { host } = new URL(url);
  const { signQuery, headers, ...rest } = request;
  const options = { service: "s3", region, method: "GET", ...rest, headers: { host, ...headers } };
  const {
    method,
    path,
    headers: done,
    body,
  } = aws4.sign({ ...options, ...(signQuery && { signQuery }) }, lakeKey);
  return { method, path, headers: done, body } as RawRequest;
}

test.each([
  ["/lake/a%20b%2Bc", "escapes"],
  ["/lake/%C3%BC/%E2%82%AC", "characters beyond ASCII"],
  ["/lake/a%2Fb", "an escaped slash"],
  ["/lake//a/./b/../c", "segments that others would normalise away"],
  ["/lake/!'()*~", "characters that URLs need not escape"],
])("a signature over %s (%s) is right", async (path) => {
  const { s3Server } = await createWorld();
  const put = signed(s3Server.url, { method: "PUT", path, body: "x" });
  expect(await send(s3Server.url, put)).toMatchObject({ status: 200 });
  expect(await send(s3Server.url, signed(s3Server.url, { path }))).toMatchObject({ status: 200, body: "x" });
});

test("a query is signed in the order of its bytes, whatever the order in which it is sent", async () => {
  const { s3Server } = await createWorld();
  const path = "/lake?prefix=%C3%BC%20%26&list-type=2&delimiter=%2F&max-keys=3";
  expect(await send(s3Server.url, signed(s3Server.url, { path }))).toMatchObject({ status: 200 });
});

const alterations: [string, (request: RawRequest) => RawRequest, string][] = [
  ["method", (request) => ({ ...request, method: "DELETE" }), "SignatureDoesNotMatch"],
  ["path", (request) => ({ ...request, path: "/lake/other" }), "SignatureDoesNotMatch"],
  ["host", withHeader("host", "elsewhere"), "SignatureDoesNotMatch"],
  ["body", (request) => ({ ...request, body: "y" }), "XAmzContentSHA256Mismatch"],
  ["payload hash", withHeader("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), "SignatureDoesNotMatch"],
  ["headers", withHeader("x-amz-acl", "public-read"), "AccessDenied"],
  ["date", withHeader("x-amz-date", "20010101T000000Z"), "AuthorizationHeaderMalformed"],
];

function withHeader(name: string, value: string) {
  return (request: RawRequest): RawRequest => {
    const others = Object.entries(request.headers ?? {}).filter(([other]) => other.toLowerCase() !== name);
    return { ...request, headers: { ...Object.fromEntries(others), [name]: value } };
  };
}

test.each(alterations)("a request whose %s was changed after signing is refused", async (_, alter, code) => {
  const { s3Server } = await createWorld();
  const put = signed(s3Server.url, { method: "PUT", path: "/lake/k", body: "x" });
  expect((await send(s3Server.url, alter(put))).code).toBe(code);
  expect((await send(s3Server.url, put)).status).toBe(200);
});

test("nobody signed, or not as SigV4 wants it: nothing is answered", async () => {
  const { s3Server, stsServer } = await createWorld();
  expect(await send(s3Server.url, { path: "/lake/k" })).toMatchObject({ status: 403, code: "AccessDenied" });
  const basic = { path: "/lake/k", headers: { authorization: "Basic eDp5" } };
  expect(await send(s3Server.url, basic)).toMatchObject({
    status: 400,
    code: "AuthorizationHeaderMalformed",
  });
  const unsigned = { path: "/?Action=GetCallerIdentity&Version=2011-06-15" };
  expect(await send(stsServer.url, unsigned)).toMatchObject({
    status: 403,
    code: "MissingAuthenticationToken",
  });
});

test("a clock that is more than a quarter of an hour off is refused, either way", async () => {
  const { s3Server, clock } = await createWorld();
  for (const minutes of [14, -14, 16, -16]) {
    clock.aheadMs = minutes * 60_000;
    const answer = await send(s3Server.url, signed(s3Server.url, { path: "/lake?list-type=2" }));
    expect(answer.code).toBe(Math.abs(minutes) > 15 ? "RequestTimeTooSkewed" : undefined);
  }
});

test("a presigned link works for as long as it says, and for nothing else", async () => {
  const { s3Server, clock } = await createWorld();
  await send(s3Server.url, signed(s3Server.url, { method: "PUT", path: "/lake/a%20b", body: "x" }));
  const link = signed(s3Server.url, { path: "/lake/a%20b?X-Amz-Expires=3600", signQuery: true });
  const path = link.path ?? "";
  expect(await send(s3Server.url, { path })).toMatchObject({ status: 200, body: "x" });
  const longer = path.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200");
  expect((await send(s3Server.url, { path: longer })).code).toBe("SignatureDoesNotMatch");
  expect((await send(s3Server.url, { path: path.replace("a%20b", "c") })).code).toBe("SignatureDoesNotMatch");
  // It was signed by the machine's clock, at whatever speed that has gone since.
  clock.aheadMs = 3_590_000;
  expect((await send(s3Server.url, { path })).status).toBe(200);
  clock.aheadMs = 7_200_000;
  expect(await send(s3Server.url, { path })).toMatchObject({ status: 403, code: "AccessDenied" });
});

test("a bucket in the host's name is the same bucket", async () => {
  const { s3Server } = await createWorld();
  const headers = { host: `lake.localhost:${new URL(s3Server.url).port}` };
  await send(s3Server.url, signed(s3Server.url, { method: "PUT", path: "/k", body: "x", headers }));
  expect((await send(s3Server.url, signed(s3Server.url, { path: "/lake/k" }))).body).toBe("x");
});

test("services other than S3 sign their path encoded twice", () => {
  const path = "/a%20b/c";
  const { headers } = aws4.sign({ service: "execute-api", region, path, host: "example.test" }, lakeKey);
  const request: ReceivedRequest = {
    method: "GET",
    path,
    query: new URLSearchParams(),
    headers: new Map(
      Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: Buffer.alloc(0),
  };
  const signature = readSignature(request);
  const key = signingKey(lakeKey.secretAccessKey, signature);
  const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  expect(() => verifySignature(request, signature, key, emptyHash, "twice")).not.toThrow();
  expect(() => verifySignature(request, signature, key, emptyHash, "once")).toThrow("wrong-signature");
});
