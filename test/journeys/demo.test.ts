import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { comeBack } from "../../infra/local/come-back.ts";
import { dynamodbCall } from "../../infra/local/dynamodb-call.ts";
import type { Emulation } from "../../infra/local/emulation.ts";
import { lakeSecret, tenantsSecret } from "../../infra/local/local-account.ts";
import { localClientKey } from "../../infra/local/local-client-key.ts";
import type { CredentialsAnswer } from "../../shared/contract.ts";
import { isServerDoor } from "../functions/server/server-handler.ts";
import { until } from "../until.ts";
import { npmRun, startLogged } from "./emulated.ts";

const base = 14_100;
let emulation: Emulation;
let log: string[];
let printed: string;

beforeAll(async () => {
  ({ emulation, log } = await startLogged(base));
  printed = await npmRun("demo", base);
});
afterAll(() => emulation?.close());

async function vend(): Promise<CredentialsAnswer> {
  const authorization = await emulation.backends.issuer.token();
  const response = await comeBack(() =>
    fetch(`${emulation.api.url}/v1/storages/lake/credentials`, { headers: { authorization } }),
  );
  expect(response.status).toBe(200);
  return response.json() as Promise<CredentialsAnswer>;
}

/** The texts of all secrets, read with the functions' own key. */
async function longTermSecrets(): Promise<string[]> {
  const {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    SEALING_SECRET,
    ...environment
  } = emulation.backends.environment;
  const client = new SecretsManagerClient({
    endpoint: String(endpoint),
    region: String(environment["AWS_REGION"]),
    credentials: {
      accessKeyId: String(environment["AWS_ACCESS_KEY_ID"]),
      secretAccessKey: String(environment["AWS_SECRET_ACCESS_KEY"]),
      sessionToken: String(environment["AWS_SESSION_TOKEN"]),
    },
  });
  const texts = await Promise.all(
    [String(SEALING_SECRET), lakeSecret, tenantsSecret].map(async (SecretId) => {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
      return Object.values(JSON.parse(String(SecretString))) as string[];
    }),
  );
  client.destroy();
  return [...texts.flat().filter((text) => text.length > 20), String(environment["AWS_SECRET_ACCESS_KEY"])];
}

test("the demo runs every step of the main job, and shows the refusals that it should", () => {
  const titles = Array.from(printed.matchAll(/^\d+\. (\w+):/gm), ([, title]) => title);
  expect(titles).toEqual(
    expect.arrayContaining(["Vend", "Use", "Share", "Warm", "Refresh", "Assume", "Refuse"]),
  );
  expect(printed).toContain("refused: 401 unauthenticated");
  expect(printed).toContain("refused: 400 InvalidToken");
  expect(printed).toContain("refused: 400 ExpiredToken");
});

test("neither the table, nor the logs, nor the demo's output hold a secret key or a session token", async () => {
  // The table still has the last session that was vended, and the demo has used the same session.
  const { SecretAccessKey, Token } = await vend();
  const secrets = [SecretAccessKey, Token, ...(await longTermSecrets())];
  const table = JSON.stringify(await emulation.backends.dynamodb.scan());
  const everything = [table, ...log, printed].join("\n");
  expect(table).toContain("sealed");
  expect(log.join("\n")).toContain('"vended"');
  expect(secrets.length).toBeGreaterThan(4);
  for (const secret of secrets) {
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(Buffer.from(secret).toString("base64"));
  }
});

test("the id that API Gateway gives a request is in its answer, in the refusal and in the audit trail", async () => {
  const ids = new Set<string>();
  for (const [authorization, status] of [
    [await emulation.backends.issuer.token(), 200],
    ["no token", 401],
  ] as const) {
    const response = await fetch(`${emulation.api.url}/v1/storages/archive/explain`, {
      headers: { authorization },
    });
    const id = response.headers.get("apigw-requestid") ?? "";
    const body = (await response.json()) as { requestId?: string };
    expect([response.status, id]).toEqual([status, expect.stringMatching(/^[\w-]{15}=$/)]);
    if (status === 401) expect(body.requestId).toBe(id);
    const line = await until(async () => log.find((each) => each.includes(id)) ?? expect.unreachable());
    expect(JSON.parse(line).audit).toMatchObject({ requestId: id, sourceIp: "127.0.0.1" });
    ids.add(id);
  }
  expect(ids.size).toBe(2);
});

test("no query string is in any log, since clients of STS send their tokens in one", async () => {
  const token = await emulation.backends.issuer.token();
  const query = new URLSearchParams({
    ...{ Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", WebIdentityToken: token },
    ...{ RoleArn: "arn:aws:iam::000000000000:role/keyvend/lake", RoleSessionName: "a-session" },
  });
  const before = log.length;
  for (const path of ["", "v1/sts"]) {
    // A busy machine may say when to come back.
    await until(async () => {
      const response = await fetch(`${emulation.api.url}/${path}?${query}`, { method: "POST" });
      expect(response.headers.get("content-type")).toMatch(/^text\/xml/);
      expect(response.status).toBe(200);
    }, 500);
  }
  const logged = log.slice(before).join("\n");
  expect(logged).toContain('"callerSession":"a-session"');
  for (const piece of [token, token.slice(0, 40), "WebIdentityToken"]) expect(logged).not.toContain(piece);
});

test("a client of STS is held while STS is slow, and does not have to come back", async () => {
  const { id: accessKeyId, secret: secretAccessKey } = await localClientKey();
  const credentials = { accessKeyId, secretAccessKey };
  const client = new STSClient({
    ...{ endpoint: emulation.api.url, region: "us-east-1", maxAttempts: 1 },
    credentials,
  });
  // Longer than an issue may take: the warmer does it, and the API's own callers are told to come back.
  emulation.backends.sts.trouble.latencyMs = 1_000;
  let tries = 0;
  const first = () => {
    tries += 1;
    const RoleArn = `arn:aws:iam:::role/keyvend/tenants/READ/tenants/acme/${tries}`;
    return client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "held" }));
  };
  // Each try is for a new folder, so that it is a first one. A busy machine may take longer than the door waits.
  const { Credentials: vended } = await until(first, 100);
  emulation.backends.sts.trouble.latencyMs = 0;
  client.destroy();
  expect(vended?.AccessKeyId).toMatch(/^ASIA/);
});

test("a caller that meets a due entry is answered from it, and the warmer issues anew meanwhile", async () => {
  const logged = (text: string) => log.filter((line) => line.includes(text)).length;
  const { AccessKeyId: before } = await vend();
  const issuedForCallers = logged('"cache":"issued","Vends":1');
  const warmed = logged('"decision":"warmed"');
  await makeAllDue();
  // The instance answers from its memory for five seconds.
  await until(async () => expect((await vend()).AccessKeyId).not.toBe(before), 500);
  expect(logged('"decision":"warmed"')).toBe(warmed + 1);
  expect(logged('"cache":"issued","Vends":1')).toBe(issuedForCallers);
});

/** Sets the due time of all entries into the past, because the emulation's clock is the real one. */
async function makeAllDue(): Promise<void> {
  const call = dynamodbCall(emulation.backends.dynamodb.url);
  const TableName = String(emulation.backends.environment["VENDING_TABLE"]);
  for (const item of (await emulation.backends.dynamodb.scan()) as Record<string, { S: string }>[]) {
    if (item["dueAt"] === undefined) continue;
    await call("UpdateItem", {
      TableName,
      Key: { key: item["key"] },
      UpdateExpression: "SET dueAt = :past",
      ExpressionAttributeValues: { ":past": { N: "1" } },
    });
  }
}

test.skipIf(isServerDoor)(
  "the page tells what the demo did: its vends, its calls to STS, its warm run and its refusal",
  async () => {
    const { url } = emulation.api;
    expect(await (await fetch(url)).text()).toContain('data-views="all"');
    const now = await (await fetch(`${url}/page/now`)).text();
    for (const name of ["vends_total", "sts_calls_total", "warm_runs_total", "denials_total"])
      expect(now).toMatch(new RegExp(`keyvend_${name}\\S* [1-9]`));
    const { records } = JSON.parse(now) as { records: { decision: string }[] };
    expect(new Set(records.map(({ decision }) => decision))).toEqual(
      new Set(["vended", "refused", "warmed"]),
    );
    for (const secret of await longTermSecrets()) expect(now).not.toContain(secret);
    expect((await fetch(`${url}/page/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/page/now`, { headers: { "x-forwarded-for": "203.0.113.9" } })).status).toBe(
      404,
    );
  },
);
