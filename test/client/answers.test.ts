import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fromVending, s3Config, VendingError } from "../../shared/client/src/index.ts";
import {
  answer,
  type FakeService,
  good,
  inSeconds,
  json,
  problem,
  raw,
  secret,
  sessionToken,
  startFakeService,
  token,
} from "./fake-service.ts";

let service: FakeService;

beforeEach(async () => {
  service = await startFakeService();
});

afterEach(() => service.close());

const provider = () => fromVending({ url: service.url, storage: "lake", token });

async function failure(): Promise<VendingError> {
  const error = await provider()().catch((thrown: unknown) => thrown);
  if (!(error instanceof VendingError)) throw new Error("it did not fail");
  return error;
}

test("a good answer becomes the SDK's credentials", async () => {
  const Expiration = inSeconds(3600);
  service.reply(good({ Expiration }));
  expect(await provider()()).toEqual({
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: secret,
    sessionToken,
    expiration: new Date(Expiration),
  });
});

test("a long-term key has no session token", async () => {
  service.reply(good({ Token: "" }));
  expect(await provider()()).not.toHaveProperty("sessionToken");
});

const half = JSON.stringify(answer()).slice(0, 60);

describe("a bad answer is an error, nothing of it is kept or shown, and it is not asked again", () => {
  test.each([
    ["HTML", raw(200, "<!doctype html><title>Sign in</title>")],
    ["nothing", raw(200, "")],
    ["half a JSON", raw(200, half)],
    ["null", json(200, null)],
    ["a list", json(200, [answer()])],
    ["ten megabytes", raw(200, `{"AccessKeyId":"${"A".repeat(10_000_000)}"}`)],
    ["a missing secret key", good({ SecretAccessKey: undefined })],
    ["an empty access key", good({ AccessKeyId: "" })],
    ["an access key that is a number", good({ AccessKeyId: 1 })],
    ["a missing token", good({ Token: undefined })],
    ["a missing expiration", good({ Expiration: undefined })],
    ["an expiration that is no time", good({ Expiration: "soonZ" })],
    ["an expiration that looks like a time", good({ Expiration: "2099-99-99T00:00:00Z" })],
    ["an expiration in local time", good({ Expiration: "2099-01-01T00:00:00" })],
    ["an expiration in the past", good({ Expiration: "2020-01-01T00:00:00Z" })],
    ["no content", raw(204, "")],
    ["a refusal that keyvend did not write", raw(403, `<html>${token}</html>`)],
  ])("%s", async (_, reply) => {
    const credentials = provider();
    service.reply(reply);
    const error = await credentials().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VendingError);
    expect(error).toMatchObject({ code: "invalid_answer" });
    expect(service.requests).toHaveLength(1);
    expectNoSecrets(error);
    expect((await credentials()).accessKeyId).toBe("ASIAEXAMPLE");
  });
});

describe("a bad address reaches no S3 client and no shell, in an answer or in a refusal", () => {
  test.each<[what: string, members: Parameters<typeof good>[0]]>([
    ["an endpoint that is no address", { Endpoint: "https://" }],
    ["an endpoint that is not HTTP", { Endpoint: "ftp://s3.example.com" }],
    ["an endpoint that a shell would run", { Endpoint: "https://x/';id;'" }],
    ["an endpoint with a password", { Endpoint: "https://user:secret@s3.example.com" }],
    ["an endpoint with a query", { Endpoint: "https://s3.example.com/?x" }],
    ["an endpoint with a fragment", { Endpoint: "https://s3.example.com/#x" }],
    ["an endpoint with a space", { Endpoint: "https://s3.example.com/a b" }],
    ["an endpoint with a variable", { Endpoint: "https://s3.example.com/$HOME" }],
    ["an endpoint of two lines", { Endpoint: "https://s3.example.com\nx" }],
    ["a region with a space", { Region: "eu central" }],
    ["a region that ends a line", { Region: "eu-central-1\n" }],
    ["a region with a quote", { Region: "eu-central-1'" }],
    ["an empty region", { Region: "" }],
    ["a path style in words", { PathStyleAccess: "true" }],
    ["an endpoint in a list", { Endpoint: ["https://s3.example.com"] }],
    ["no address", { Endpoint: undefined, Region: undefined, PathStyleAccess: undefined }],
  ])("%s", async (_, members) => {
    service.reply(good(members), problem(409, "delegation_off", members as object));
    const config = () => s3Config({ url: service.url, storage: "lake", token });
    await expect(config()).rejects.toMatchObject({ code: "invalid_answer" });
    const refusal = await config().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "delegation_off" });
    expect((refusal as VendingError).address).toBeUndefined();
  });

  test.each([
    "http://[::1]:9000",
    "https://s3.example.com:8443/store/v1",
    "https://bucket.vpce-0a1.s3.eu-central-1.vpce.amazonaws.com",
  ])("%s is good", async (Endpoint) => {
    service.reply(good({ Endpoint }));
    expect(await s3Config({ url: service.url, storage: "lake", token })).toMatchObject({
      endpoint: Endpoint,
    });
  });
});

test("an answer that is too long is not read to the end", async () => {
  let written = 0;
  service.reply((response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(65_536, " ");
    const more = () => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length;
    };
    response.on("drain", more);
    more();
  });
  expect((await failure()).code).toBe("invalid_answer");
  expect(written).toBeLessThan(10_000_000);
});

test("the error names the member at fault", async () => {
  service.reply(good({ SecretAccessKey: "" }));
  expect((await failure()).message).toContain("SecretAccessKey");
  service.reply(good({ Expiration: inSeconds(-1) }));
  expect((await failure()).message).toContain("clock");
});

test.each([301, 302, 307, 308])("a %i is refused and not followed", async (status) => {
  const other = await startFakeService();
  try {
    service.reply(raw(status, "", { location: `${other.url}/v1/storages/lake/credentials` }));
    expect((await failure()).code).toBe("invalid_answer");
    expect(other.requests).toHaveLength(0);
  } finally {
    await other.close();
  }
});

test("a problem carries the service's words, request id and fields", async () => {
  const fields = [{ field: "durationSeconds", message: "at least 1800" }];
  service.reply(problem(400, "invalid_request", { fields }));
  const error = await failure();
  expect(error).toMatchObject({ code: "invalid_request", status: 400, requestId: "req-1", fields });
  expect(error.message).toBe("invalid_request: What the service says of invalid_request.");
});

test("a problem with members of the wrong type is still a typed error", async () => {
  service.reply(json(403, { code: { toString: 1 }, message: ["x"], requestId: 7 }));
  expect((await failure()).code).toBe("invalid_answer");
});

test("where token delegation is off, the error gives the address", async () => {
  const address = { endpoint: "https://s3.example.com", region: "eu", forcePathStyle: true };
  service.alwaysReply(
    problem(409, "delegation_off", {
      Storage: "lake",
      Bucket: "b",
      Endpoint: address.endpoint,
      Region: address.region,
      PathStyleAccess: true,
    }),
  );
  await expect(s3Config({ url: service.url, storage: "lake", token })).rejects.toMatchObject({
    code: "delegation_off",
    address,
  });
});

test("an address that is not whole is left out", async () => {
  service.reply(problem(409, "delegation_off", { Endpoint: "https://s3.example.com" }));
  expect((await failure()).address).toBeUndefined();
});

test("the error does not hold the token, even if the service or a proxy repeats it", async () => {
  service.reply(
    problem(401, "unauthenticated", {
      message: `not good: ${token}`,
      requestId: token,
      fields: [{ field: "authorization", message: `Bearer ${token}` }],
    }),
  );
  const error = await failure();
  expect(error.code).toBe("unauthenticated");
  expectNoSecrets(error);
});

function expectNoSecrets(error: unknown): void {
  const shown = [
    inspect(error, { depth: null, showHidden: true }),
    JSON.stringify(error),
    String(error),
  ].join("\n");
  // The beginnings as well: half a secret is one too many.
  for (const hidden of [token, secret, sessionToken]) expect(shown).not.toContain(hidden.slice(0, 8));
}
