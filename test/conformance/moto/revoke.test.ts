/** `npm run revoke` on moto: its calls to IAM, STS and Secrets Manager are such as AWS takes, and it reads what AWS answers. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { carryOut } from "../../../infra/revoke/carry-out.ts";
import { readDenials } from "../../../infra/revoke/denial.ts";
import type { Setting } from "../../../infra/revoke/setting.ts";
import type { Task } from "../../../infra/revoke/task.ts";
import { type Change, changed } from "../../../shared/core/revocation-changes.ts";
import { fakeService } from "../../aws/fake-service.ts";
import { configOf, sampleGrant, sampleStorage } from "../../vending/samples.ts";
import { account, closedTrust, region, roleArnOf } from "./account.ts";
import { startMoto } from "./server.ts";

const policyName = "keyvend-revocations-prod";
const user = "keyvend-lake";
const config = configOf(
  [
    sampleStorage("assume-role", {
      name: "own",
      roleArn: roleArnOf(account.role),
      sessions: "per-principal",
    }),
    sampleStorage("federation-token", { name: "shared", secret: "shared" }),
  ],
  [sampleGrant({ name: "own", storage: "own" }), sampleGrant({ name: "shared", storage: "shared" })],
);

let moto: Awaited<ReturnType<typeof startMoto>>;
let iam: IAMClient;
let setting: (lambda: string) => Setting;
beforeAll(async () => {
  moto = await startMoto();
  const settings = {
    endpoint: moto.endpoint,
    region,
    credentials: { accessKeyId: "AKIAOPERATOR00000000", secretAccessKey: "operator" },
  };
  iam = new IAMClient(settings);
  const secretsManager = new SecretsManagerClient(settings);
  await iam.send(
    new CreateRoleCommand({ RoleName: account.role, AssumeRolePolicyDocument: JSON.stringify(closedTrust) }),
  );
  const PolicyDocument = JSON.stringify(account.rolePolicy);
  await iam.send(new PutRolePolicyCommand({ RoleName: account.role, PolicyName: "access", PolicyDocument }));
  await iam.send(new CreateUserCommand({ UserName: user }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: user }));
  const SecretString = JSON.stringify({
    accessKeyId: key?.AccessKeyId,
    secretAccessKey: key?.SecretAccessKey,
  });
  await secretsManager.send(new CreateSecretCommand({ Name: "keyvend-prod/shared", SecretString }));
  setting = (endpoint) => ({
    config,
    stage: "prod",
    clients: {
      iam,
      lambda: new LambdaClient({ ...settings, endpoint }),
      sts: new STSClient(settings),
      secretsManager: () => secretsManager,
    },
    users: new Map(),
    isDryRun: false,
    now: Date.now,
    sleep: async () => {},
  });
});
afterAll(async () => {
  iam?.destroy();
  await moto?.stop();
});

/** Lambda, with the function that changes the record. moto would need Docker for it. */
async function revokeFunction(): Promise<string> {
  let record = { revoked: [], flushed: [] } as Parameters<typeof changed>[0];
  const { url } = await fakeService((body) => {
    const event = JSON.parse(body) as Change | Record<string, never>;
    if (Object.keys(event).length > 0) record = changed(record, event as Change, Date.now());
    return { status: 200, body: JSON.stringify(record) };
  });
  return url;
}

async function policies(): Promise<string[]> {
  const ofRole = await iam.send(new ListRolePoliciesCommand({ RoleName: account.role }));
  const ofUser = await iam.send(new ListUserPoliciesCommand({ UserName: user }));
  return [...(ofRole.PolicyNames ?? []), ...(ofUser.PolicyNames ?? [])];
}

const alice = { kind: "principal", name: "alice", issuer: "corp" } as const;
const bob = { ...alice, name: "bob" };

test("a Deny is put, merged with another, taken apart and deleted, and nothing else is touched", async () => {
  const lambda = await revokeFunction();
  const run = async (task: Task) => {
    const report = await carryOut(task, setting(lambda));
    expect(report.failures).toEqual([]);
    return report;
  };
  const { sessions, record } = await run({ kind: "revoke", target: alice, allSessions: true });
  expect(record.revoked).toMatchObject([{ by: expect.stringMatching(/^arn:aws:/) }]);
  expect(sessions.map(({ storage, endedOn }) => [storage, endedOn])).toEqual([
    ["own", `role ${account.role}`],
    // Found by its key.
    ["shared", `user ${user}`],
  ]);
  expect(await policies()).toEqual(["access", policyName, policyName]);

  // What was revoked in one second has one Deny, which is lifted with the last of it.
  await sleep(1_000);
  await run({ kind: "revoke", target: bob, allSessions: false });
  const { PolicyDocument = "" } = await iam.send(
    new GetRolePolicyCommand({ RoleName: account.role, PolicyName: policyName }),
  );
  expect(readDenials(decodeURIComponent(PolicyDocument))).toHaveLength(2);

  await run({ kind: "undo", target: alice, liftDeny: true });
  expect(await policies()).toEqual(["access", policyName]);
  await run({ kind: "undo", target: bob, liftDeny: true });
  expect(await policies()).toEqual(["access"]);
});
