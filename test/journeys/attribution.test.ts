/** Who held an access key id at a time: answered from the logs of a run, as the saved query asks it. */
import { readFileSync } from "node:fs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import type { CredentialsAnswer } from "../../shared/contract.ts";
import { type LocalService, type LogLine, startLocalService } from "./local-service.ts";

const { Resources } = parse(readFileSync("infra/queries.yml", "utf8"), { logLevel: "error" });
const { QueryString, LogGroupNames } = Resources.WhoHeldThisKey.Properties;
/** The query's own words, so that what is asked here is what is asked there. */
const conditions = [...QueryString.matchAll(/([\w.]+) = "([^"]+)"/g)].map(([, field, value]) => [
  field,
  value,
]);
const shown: string[] = /^fields (.+)$/m.exec(QueryString)?.[1]?.split(", ") ?? [];

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

/** Runs the query for a key id, its time range ending then. */
function whoHeld(accessKeyId: string, by: number): unknown[] {
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

/** A time that lies between what was before and what comes after. */
async function now(): Promise<number> {
  const time = Date.now();
  while (Date.now() === time) await new Promise((resolve) => setTimeout(resolve, 1));
  return time;
}

test("the query asks the log of vend, by fields that its records have", async () => {
  expect(LogGroupNames).toEqual(["VendLogGroup"]);
  expect(conditions.map(([field]) => field)).toEqual(["audit.accessKeyId", "audit.decision"]);
  await vend("tenants", "alice");
  const [line] = service.log;
  expect(shown.length).toBeGreaterThan(5);
  // Of roles only, which is what journeys/identities.test.ts shows.
  const always = shown.filter((field) => field !== "audit.callerSession");
  for (const field of always) expect(line && fieldOf(line, field), field).toBeDefined();
});

test("of a session that callers share, the trail tells everyone to whom it was handed by then", async () => {
  const { AccessKeyId } = await vend("lake", "alice");
  const before = await now();
  expect(await vend("lake", "bob")).toMatchObject({ AccessKeyId });
  const after = await now();
  await vend("tenants", "carol");

  expect(whoHeld(AccessKeyId, before)).toEqual(["alice"]);
  expect(whoHeld(AccessKeyId, after)).toEqual(["alice", "bob"]);
});

test("who was refused held nothing", async () => {
  const { AccessKeyId } = await vend("tenants", "alice");
  const token = await service.backends.issuer.token({ sub: "mallory", tenant: "*" });
  await service.vend("tenants", token);
  expect(service.log.map(({ audit }) => audit.decision)).toEqual(["vended", "refused"]);
  expect(whoHeld(AccessKeyId, await now())).toEqual(["alice"]);
});

test("of per-principal sessions STS itself knows the principal, by the name that the trail has", async () => {
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
    expect(whoHeld(AccessKeyId, await now())).toEqual([principal]);
  }
});
