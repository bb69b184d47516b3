/** When the service's own credentials are renewed while it runs, the next call uses the new ones, to whatever service. */
import type { IncomingMessage } from "node:http";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { expect, test, vi } from "vitest";
import { createJsonCall } from "../../shared/aws/call.ts";
import { CallFailed } from "../../shared/aws/call-failed.ts";
import { createEntryTable } from "../../shared/aws/entry-table.ts";
import { createAskWarmer } from "../../shared/aws/invoke.ts";
import { createIssue } from "../../shared/aws/issue.ts";
import type { OwnCredentials, OwnCredentialsProvider } from "../../shared/aws/own-credentials.ts";
import { secretValue } from "../../shared/aws/secret-value.ts";
import { TableUnreachable } from "../../shared/vending/ports.ts";
import { createWorld, keysOf, lakeKey, region } from "../infra/local/aws/world.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { type FakeAnswer, fakeService } from "./fake-service.ts";
import { assumedRole, credentials as issued, stsError } from "./sts-answers.ts";

/** A provider of credentials. Each call to `renew` replaces them by new ones. */
function renewable() {
  let generation = 1;
  const provider: OwnCredentialsProvider = async () => ({
    accessKeyId: `ASIAGENERATION${generation}`,
    secretAccessKey: `secret of generation ${generation}`,
    sessionToken: `token-of-generation-${generation}`,
  });
  return { provider, renew: () => void generation++ };
}

/** A service that notes the credentials of each request: the generation of the key id, and of the session token. */
async function signedService(answer: FakeAnswer) {
  const signers: string[] = [];
  const { url } = await fakeService((_, { headers }: IncomingMessage) => {
    const keyId = /Credential=ASIAGENERATION(\d)\//.exec(headers.authorization ?? "")?.[1];
    const ofToken = /^token-of-generation-(\d)$/.exec(String(headers["x-amz-security-token"]))?.[1];
    signers.push(`${keyId}/${ofToken}`);
    return answer;
  });
  return { url, signers };
}

test("a call to DynamoDB", async () => {
  const { url: endpoint, signers } = await signedService({ status: 200, body: "{}" });
  const { provider: credentials, renew } = renewable();
  const service = { service: "dynamodb", target: "DynamoDB_20120810", jsonVersion: "1.0" } as const;
  const call = createJsonCall({ ...service, region, endpoint, credentials, timeoutMs: 1_000 });
  await call("GetItem", {});
  renew();
  for (const _ of [1, 2]) await call("GetItem", {});
  expect(signers).toEqual(["1/1", "2/2", "2/2"]);
});

test("a call with a signature that the service verifies", async () => {
  const { secretsServer, sts } = await createWorld();
  const { Credentials } = await sts().send(new GetSessionTokenCommand());
  const answers: OwnCredentials[] = [lakeKey, keysOf(Credentials), { ...lakeKey, secretAccessKey: "wrong" }];
  const read = createJsonCall({
    ...{ service: "secretsmanager", target: "secretsmanager", jsonVersion: "1.1" },
    ...{ region, endpoint: secretsServer.url, timeoutMs: 1_000 },
    credentials: async () => answers.shift() ?? expect.unreachable(),
  });
  for (const _ of [1, 2]) expect(await secretValue(read, "lake/key")).toBe("first");
  await expect(secretValue(read, "lake/key")).rejects.toThrow("InvalidSignatureException");
});

test("a call to Lambda", async () => {
  const { url: endpoint, signers } = await signedService({ status: 202, body: "" });
  const { provider: credentials, renew } = renewable();
  const askWarmer = createAskWarmer({
    region,
    endpoint,
    functionName: "warm",
    credentials,
    timeoutMs: 1_000,
  });
  await askWarmer("5f".repeat(32), 1);
  renew();
  await askWarmer("5f".repeat(32), 2);
  expect(signers).toEqual(["1/1", "2/2"]);
});

const issueOptions = { region, clock: { now: Date.now }, timeoutMs: 1_000, meter: () => undefined };

test("a call to STS for a role that the service itself assumes", async () => {
  const sts = await signedService({ status: 200, body: assumedRole(issued()) });
  const { provider: credentials, renew } = renewable();
  const issue = createIssue({ ...issueOptions, credentials });
  const { secret: _, ...storage } = sampleStorage("assume-role", { stsEndpoint: sts.url });
  await issue(sampleRequest(storage));
  renew();
  for (const _ of [1, 2]) await issue(sampleRequest(storage));
  expect(sts.signers).toEqual(["1/1", "2/2", "2/2"]);
});

test("a call to Secrets Manager for a long-term key", async () => {
  const secret = JSON.stringify({ accessKeyId: "AKIALAKE", secretAccessKey: "secret" });
  const secrets = await signedService({ status: 200, body: JSON.stringify({ SecretString: secret }) });
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url);
  // STS refuses the key, so that it is read again.
  const sts = await fakeService(() => ({ status: 403, body: stsError("InvalidClientTokenId") }));
  const { provider: credentials, renew } = renewable();
  const start = Date.now();
  let passedMs = 0;
  const clock = { now: () => start + passedMs };
  const issue = createIssue({ ...issueOptions, credentials, clock });
  const request = sampleRequest(sampleStorage("session-token", { stsEndpoint: sts.url }));
  await issue(request).catch(() => renew());
  // No refusal has it read again before.
  passedMs = 5_000;
  await issue(request).catch(() => undefined);
  vi.unstubAllEnvs();
  expect(secrets.signers).toEqual(["1/1", "1/1", "2/2"]);
});

test("a service without credentials cannot reach its table, and STS is unavailable to it", async () => {
  const credentials: OwnCredentialsProvider = async () => {
    throw new CallFailed("AssumeRoleWithWebIdentity", "timeout");
  };
  const { url: endpoint, received } = await fakeService(() => ({ status: 200, body: "{}" }));
  const service = { service: "dynamodb", target: "DynamoDB_20120810", jsonVersion: "1.0" } as const;
  const call = createJsonCall({ ...service, region, endpoint, credentials, timeoutMs: 1_000 });
  await expect(createEntryTable(call, "keyvend").get("key")).rejects.toThrow(
    new TableUnreachable("AssumeRoleWithWebIdentity: timeout"),
  );
  const { secret: _, ...storage } = sampleStorage("assume-role", { stsEndpoint: endpoint });
  const issue = createIssue({ ...issueOptions, credentials });
  await expect(issue(sampleRequest(storage))).rejects.toMatchObject({ code: "unavailable" });
  expect(received).toEqual([]);
});
