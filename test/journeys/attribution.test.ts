/** Which callers held an access key id at a time? The logs of a run answer this to the saved query. */
import { readFileSync } from "node:fs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import type { CredentialsAnswer } from "../../shared/contract.ts";
import { type LocalService, type LogLine, startLocalService } from "./local-service.ts";

const { Resources } = parse(readFileSync("infra/queries.yml", "utf8"), { logLevel: "error" });
const { QueryString, LogGroupNames } = Resources.WhoHeldThisKey.Properties;
/** The conditions are read from the saved query, so that these tests ask what it asks. */
const conditions = [...QueryString.matchAll(/([\w.]+) = "([^"]+)"/g)].map(([, field, value]) => [
  field,
  value,
]);
const columns: string[] = /^fields (.+)$/m.exec(QueryString)?.[1]?.split(", ") ?? [];

let service: LocalService;
beforeAll(async () => {
  service = await startLocalService();
});
afterAll(() => service?.close());
afterEach(() => {
  service.log.length = 0;
});

/** A field of a log line, as Logs Insights names it. */
function fieldOf(line: LogLine, name: string): unknown {
  return name
    .split(".")
    .reduce<unknown>((value, member) => (value as Record<string, unknown> | undefined)?.[member], line);
}

/** The callers that held a key id, by the query over the log up to this time. */
function holdersOf(accessKeyId: string, by: number): unknown[] {
  const placeholder = "put the key id here";
  return service.log
    .filter(({ timestamp }) => Date.parse(timestamp) <= by)
    .filter((line) =>
      conditions.every(
        ([field, value]) => fieldOf(line, field) === (value === placeholder ? accessKeyId : value),
      ),
    )
    .map((line) => fieldOf(line, "audit.principal"));
}

async function vend(storage: string, sub: string): Promise<CredentialsAnswer> {
  const token = await service.backends.issuer.token({ sub, tenant: "acme" });
  const { status, body } = await service.vend(storage, token);
  expect(status, body.message).toBe(200);
  return body;
}

/** A time between all earlier events and all later ones. */
async function now(): Promise<number> {
  const time = Date.now();
  while (Date.now() === time) await new Promise((resolve) => setTimeout(resolve, 1));
  return time;
}

test("the query reads the log of vend, and its records have the query's fields", async () => {
  expect(LogGroupNames).toEqual(["VendLogGroup"]);
  expect(conditions.map(([field]) => field)).toEqual(["audit.accessKeyId", "audit.decision"]);
  await vend("tenants", "alice");
  const [line] = service.log;
  expect(columns.length).toBeGreaterThan(5);
  // Only roles have `callerSession`. identities.test.ts shows it.
  const always = columns.filter((field) => field !== "audit.callerSession");
  for (const field of always) expect(line && fieldOf(line, field), field).toBeDefined();
});

test("for a session that callers share, the trail names each caller that had it by then", async () => {
  const { AccessKeyId } = await vend("lake", "alice");
  const before = await now();
  expect(await vend("lake", "bob")).toMatchObject({ AccessKeyId });
  const after = await now();
  await vend("tenants", "carol");

  expect(holdersOf(AccessKeyId, before)).toEqual(["alice"]);
  expect(holdersOf(AccessKeyId, after)).toEqual(["alice", "bob"]);
});

test("a caller that was refused held nothing", async () => {
  const { AccessKeyId } = await vend("tenants", "alice");
  const token = await service.backends.issuer.token({ sub: "mallory", tenant: "*" });
  await service.vend("tenants", token);
  expect(service.log.map(({ audit }) => audit.decision)).toEqual(["vended", "refused"]);
  expect(holdersOf(AccessKeyId, await now())).toEqual(["alice"]);
});

test("STS itself knows the principal of a per-principal session, by the name that the trail has", async () => {
  const answers = [await vend("tenants", "alice@corp.example"), await vend("tenants", "alice corp.example")];
  expect(answers[0]?.AccessKeyId).not.toBe(answers[1]?.AccessKeyId);

  for (const [at, { AccessKeyId, SecretAccessKey, Token, Region }] of answers.entries()) {
    const sts = new STSClient({
      endpoint: service.backends.sts.url,
      region: Region,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token },
    });
    const { Arn } = await sts.send(new GetCallerIdentityCommand());
    sts.destroy();
    const { sessionName, principal } = service.log[at]?.audit ?? {};
    expect(Arn).toBe(`arn:aws:sts::123456789012:assumed-role/tenants/${sessionName}`);
    expect(sessionName).toMatch(/^alice[@-]corp\.example-[\w-]{16}$/);
    expect(holdersOf(AccessKeyId, await now())).toEqual([principal]);
  }
});
