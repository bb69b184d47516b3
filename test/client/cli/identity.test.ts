import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { identityParts, proveIdentity } from "../../../shared/client/src/cli/identity.ts";
import type { Identity } from "../../../shared/client/src/cli/settings.ts";
import { type FakeService, json, raw, startFakeService, token } from "../fake-service.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keyvend-cli-identity-"));
  file = join(folder, "token");
  writeFileSync(file, `${token}\n`);
});

afterEach(() => rmSync(folder, { recursive: true }));

const identity = (kind: Identity["kind"], tokenFile?: string): Identity => ({
  kind,
  tokenFile,
  audience: "keyvend",
});
const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "own-secret" };
const url = new URL("https://abc.execute-api.eu-central-1.amazonaws.com/v1/aws/storages");

describe("an identity is proved", () => {
  let service: FakeService;

  beforeEach(async () => {
    service = await startFakeService();
  });

  afterEach(() => service.close());

  const bearer = { headers: { authorization: `Bearer ${token}` }, secret: token };

  test("by the token in a variable, in a file, or of a pod", async () => {
    expect(await proveIdentity(url, identity("token"), { KEYVEND_TOKEN: token })).toEqual(bearer);
    expect(await proveIdentity(url, identity("token", file), { KEYVEND_TOKEN: "other" })).toEqual(bearer);
    expect(await proveIdentity(url, identity("kubernetes", file), {})).toEqual(bearer);
  });

  test("by the token of a GitHub Actions job", async () => {
    service.reply(json(200, { value: token }));
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: service.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job" };
    expect(await proveIdentity(url, identity("github-actions"), env)).toEqual(bearer);
    expect(service.requests[0]?.query.get("audience")).toBe("keyvend");
  });

  test("by a token of STS", async () => {
    service.reply(raw(200, `<WebIdentityToken>${token}</WebIdentityToken>`));
    const env = { ...keys, AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL_STS: service.url };
    expect(await proveIdentity(url, identity("aws"), env)).toEqual(bearer);
    expect(service.requests[0]?.authorization).toContain("/eu-central-1/sts/aws4_request");
  });

  test("by a signature, for the region in the service's name before the caller's own", async () => {
    const { headers, secret } = await proveIdentity(url, identity("aws-iam"), {
      ...keys,
      AWS_REGION: "us-east-1",
    });
    expect(headers["authorization"]).toContain("/eu-central-1/execute-api/aws4_request");
    expect(secret).toBe("AKIAEXAMPLE");
    const own = new URL("https://vend.example.com/v1/aws/storages");
    const env = { ...keys, AWS_SESSION_TOKEN: "session", AWS_DEFAULT_REGION: "us-east-1" };
    const proof = await proveIdentity(own, identity("aws-iam"), env);
    expect(proof.headers["authorization"]).toContain("/us-east-1/execute-api/aws4_request");
    expect(proof.secret).toBe("session");
  });
});

describe("for the cache", () => {
  const partsOf = (identity: Identity, env: Record<string, string>) =>
    identityParts({ url: "https://vend.example.com", identity }, env);
  const job = { ACTIONS_ID_TOKEN_REQUEST_URL: "https://github", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job" };

  test("a token is the same identity wherever it is", () => {
    const parts = ["token", token];
    expect(partsOf(identity("token"), { KEYVEND_TOKEN: token })).toEqual(parts);
    expect(partsOf(identity("token"), { KEYVEND_TOKEN_FILE: file })).toEqual(parts);
    expect(partsOf(identity("token", file), {})).toEqual(parts);
    expect(partsOf(identity("kubernetes", file), {})).toEqual(parts);
  });

  test.each<[string, Identity["kind"], Record<string, string>, Record<string, string>]>([
    ["another job", "github-actions", job, { ...job, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "other" }],
    ["another key", "aws", keys, { ...keys, AWS_ACCESS_KEY_ID: "other" }],
    ["another session", "aws-iam", keys, { ...keys, AWS_SESSION_TOKEN: "other" }],
  ])("%s is another identity", (_, kind, one, other) => {
    const [first, second] = [one, other].map((env) => partsOf(identity(kind), env));
    expect(first).toBeDefined();
    expect(second).not.toEqual(first);
  });

  test("an AWS identity is another one for each kind and audience", () => {
    const kinds = (["aws", "aws-iam"] as const).map((kind) => partsOf(identity(kind), keys));
    const audience = partsOf({ ...identity("aws"), audience: "other" }, keys);
    expect(new Set([...kinds, audience].map((parts) => JSON.stringify(parts))).size).toBe(3);
  });

  test.each<[string, Identity]>([
    ["no token", identity("token")],
    ["no token file", identity("token", "/nowhere")],
    ["no token of a pod", identity("kubernetes")],
    ["no job", identity("github-actions")],
    ["no AWS credentials", identity("aws")],
    ["no AWS credentials to sign with", identity("aws-iam")],
  ])("%s is no identity", (_, none) => {
    expect(partsOf(none, {})).toBeUndefined();
  });
});
