import aws4 from "aws4";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSigner } from "../../shared/aws/sign.ts";

const now = new Date("2026-11-22T15:00:00.123Z");
const host = "dynamodb.eu-central-1.amazonaws.com";
const place = { service: "dynamodb", region: "eu-central-1" };
const target = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem" };
const key = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };

/** The same, from a signer that shares nothing with ours. */
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

/** The headers that aws4 also signs. */
const headersOf = (body: string) => ({
  host,
  ...target,
  "content-length": String(Buffer.byteLength(body)),
});

test("every body is signed as aws4 signs it, with and without a session token", async () => {
  const text = fc.string({ minLength: 1, unit: "grapheme" });
  await fc.assert(
    fc.asyncProperty(
      text,
      text,
      fc.option(fc.base64String({ minLength: 4 })),
      async (body, secretAccessKey, token) => {
        const credentials = { ...key, secretAccessKey, ...(token && { sessionToken: token }) };
        const sign = createSigner({ ...place, credentials: async () => credentials });
        const { authorization } = await sign(headersOf(body), body, now);
        expect(authorization).toBe(authorizationByAws4(body, credentials));
      },
    ),
  );
});

test("a path is signed as aws4 signs it", async () => {
  const path = "/2015-03-31/functions/keyvend-prod_2-warm/invocations";
  const sign = createSigner({ ...place, credentials: async () => key });
  const { authorization } = await sign(headersOf("{}"), "{}", now, path);
  expect(authorization).toBe(authorizationByAws4("{}", key, { path }));
});

test("a signer that lives for days signs for each day", async () => {
  const sign = createSigner({ ...place, credentials: async () => key });
  for (const day of ["22", "22", "23", "22"]) {
    const { authorization } = await sign(headersOf("{}"), "{}", new Date(`2026-11-${day}T15:00:00Z`));
    expect(authorization).toBe(authorizationByAws4("{}", key, { date: `202611${day}T150000Z` }));
  }
});

test("a signer uses its credentials as they are at each signature, even if the provider changes its object", async () => {
  const credentials: typeof key & { sessionToken?: string } = { ...key };
  const sign = createSigner({ ...place, credentials: async () => credentials });
  const steps = [{}, { secretAccessKey: "other" }, { accessKeyId: "AKIAOTHER" }, { sessionToken: "session" }];
  for (const step of steps) {
    Object.assign(credentials, step);
    const headers = await sign(headersOf("{}"), "{}", now);
    expect(headers["authorization"]).toBe(authorizationByAws4("{}", { ...credentials }));
    expect(headers["x-amz-security-token"]).toBe(credentials.sessionToken);
  }
});
