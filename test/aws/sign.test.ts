import aws4 from "aws4";
import fc from "fast-check";
import { expect, test } from "vitest";
import { signedHeaders } from "../../shared/aws/sign.ts";

const now = new Date("2026-11-22T15:00:00.123Z");
const host = "dynamodb.eu-central-1.amazonaws.com";
const place = { service: "dynamodb", region: "eu-central-1" };
const target = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem" };

/** The same by a signer that shares nothing with ours. */
function authorizationByAws4(
  body: string,
  credentials: aws4.Credentials,
  { path = "/", date = "20261122T150000Z" } = {},
): unknown {
  const headers = { ...target, "X-Amz-Date": date };
  return aws4.sign({ ...place, host, path, method: "POST", body, headers }, credentials).headers?.[
    "Authorization"
  ];
}

test("every body is signed as aws4 signs it, with and without a session token", () => {
  const text = fc.string({ minLength: 1, unit: "grapheme" });
  fc.assert(
    fc.property(text, text, fc.option(fc.base64String({ minLength: 4 })), (body, secretAccessKey, token) => {
      const credentials = {
        accessKeyId: "AKIAEXAMPLE",
        secretAccessKey,
        ...(token && { sessionToken: token }),
      };
      const headers = { host, ...target, "content-length": String(Buffer.byteLength(body)) };
      const { authorization } = signedHeaders(headers, body, { ...place, credentials }, now);
      expect(authorization).toBe(authorizationByAws4(body, credentials));
    }),
  );
});

test("a path is signed as aws4 signs it", () => {
  const path = "/2015-03-31/functions/keyvend-prod_2-warm/invocations";
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
  const headers = { host, ...target, "content-length": "2" };
  const { authorization } = signedHeaders(headers, "{}", { ...place, credentials }, now, path);
  expect(authorization).toBe(authorizationByAws4("{}", credentials, { path }));
});

test("what signs for days signs for each of them", () => {
  const by = { ...place, credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" } };
  const headers = { host, ...target, "content-length": "2" };
  for (const day of ["22", "22", "23", "22"]) {
    const at = new Date(`2026-11-${day}T15:00:00Z`);
    const { authorization } = signedHeaders(headers, "{}", by, at);
    expect(authorization).toBe(authorizationByAws4("{}", by.credentials, { date: `202611${day}T150000Z` }));
  }
});
