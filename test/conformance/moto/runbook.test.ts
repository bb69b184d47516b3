/**
 * Every command of infra/runbook.md, as it stands there, in a deployment at moto to which has happened what the page is about. What moto
 * lacks is answered beside it. moto holds no session to its policy, and refuses no wrong key: what would follow from that is not shown here.
 */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readMasterKeys } from "../../../shared/aws/master-keys.ts";
import type { RevocationRecord } from "../../../shared/core/revocation.ts";
import { clientSecret } from "../../../shared/identity/client-keys.ts";
import { stsClient } from "../../functions/sts/sts-client.ts";
import { beginning, lookFirst, pages } from "../../infra/runbook-pages.ts";
import { createDeployedWorld, type DeployedWorld, ownSecrets, region, vendingFor } from "./deployed-world.ts";

const stack = "keyvend-prod";
const keyUser = `${stack}-${region}-lake`;
const clientKeyId = "KV1XEXAMPLEAAAAAAAAAAAAA";

let world: DeployedWorld;
beforeAll(async () => {
  world = await createDeployedWorld();
  await world.write("infra/vending.yml", vendingFor(world));
  await world.run(`rm infra/vending.test.yml
${ownSecrets}
npm run -s config:iam -- --stage prod > iam.sh
sh -eu iam.sh
npm run deploy -- --stage prod
aws s3api create-bucket --bucket example-probed --create-bucket-configuration LocationConstraint=${region}
for storage in lake probed; do
  aws iam create-access-key --user-name ${keyUser} | npm run -s secret:put -- --storage "$storage" --stage prod
done`);
});
afterAll(() => world?.close());

/** A block of commands on a page. */
interface Step {
  /** Brings about what the page is about. */
  before?: () => Promise<unknown>;
  /** What the page has the operator set. */
  environment?: () => Record<string, string>;
  /** How the block ends, if not with 0. */
  status?: number;
  /** What it prints. */
  prints?: RegExp;
  /** What has changed. */
  after?: () => Promise<unknown>;
}

interface Answer {
  status: number;
  body: { AccessKeyId?: string; code?: string };
}

async function vend(sub: string, of = "lake/credentials"): Promise<Answer> {
  const token = await world.issuer.token({ sub, team: "data" });
  const answer = await fetch(`${world.url}/v1/storages/${of}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.status, body: (await answer.json()) as Answer["body"] };
}
const serves = async () => expect(await vend("alice")).toMatchObject({ status: 200 });
async function vendedKey(): Promise<string> {
  const { AccessKeyId = "" } = (await vend("alice")).body;
  expect(AccessKeyId).toMatch(/^ASIA/);
  return AccessKeyId;
}
/** What is issued in the first ten seconds after a revocation would end with the rest. A busy machine takes longer. */
const untilThen = { interval: 1_000, timeout: 120_000 };
const servesInTheEnd = () => expect.poll(() => vend("alice"), untilThen).toMatchObject({ status: 200 });
/** An instance that ran before may not know of it for five seconds. */
async function revoked(sub: string): Promise<void> {
  await world.functions.renew();
  expect(await vend(sub)).toMatchObject({ status: 403, body: { code: "revoked" } });
}

const json = async (command: string) => JSON.parse(await world.run(`aws ${command} --output json`));
const keysOf = async (): Promise<{ id: string; isActive: boolean }[]> => {
  const { AccessKeyMetadata } = await json(`iam list-access-keys --user-name ${keyUser}`);
  return AccessKeyMetadata.map(({ AccessKeyId: id, Status }: Record<string, string>) => ({
    id,
    isActive: Status === "Active",
  }));
};
const secretText = async (name: string): Promise<string> =>
  (await json(`secretsmanager get-secret-value --secret-id ${stack}/${name}`)).SecretString;
const keyInSecret = async (): Promise<string> => JSON.parse(await secretText("lake")).accessKeyId;
const deployedTemplate = async () =>
  (await json(`cloudformation get-template --stack-name ${stack}`)).TemplateBody;
const record = async (): Promise<RevocationRecord> =>
  JSON.parse(await world.run("npm run -s revoke -- --list --stage prod --json")).record;

/** Leaves the user the key in the secret alone. */
async function dropOtherKeys(): Promise<void> {
  const kept = await keyInSecret();
  for (const { id } of await keysOf())
    if (id !== kept)
      await world.run(`aws iam delete-access-key --user-name ${keyUser} --access-key-id ${id}`);
}

/** What a client that signs gets at the STS door: the code of the refusal, if it is one. */
async function assumeAs(id: string): Promise<string> {
  const masterKeys = readMasterKeys(() => secretText("client-keys"), { now: Date.now });
  const { key } = await masterKeys.current();
  const credentials = { accessKeyId: id, secretAccessKey: clientSecret(id, key) };
  const client = stsClient(world.answer, { credentials });
  const RoleArn = "arn:aws:iam::000000000000:role/keyvend/lake";
  try {
    await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "catalog" }));
    return "";
  } catch (error) {
    return (error as Error).name;
  }
}

/** The table as CloudFormation's words have it. */
async function tableNow() {
  const { Table } = await json(`dynamodb describe-table --table-name ${stack}`);
  const { TimeToLiveDescription } = await json(`dynamodb describe-time-to-live --table-name ${stack}`);
  const { ContinuousBackupsDescription } = await json(
    `dynamodb describe-continuous-backups --table-name ${stack}`,
  );
  const { PointInTimeRecoveryStatus } = ContinuousBackupsDescription.PointInTimeRecoveryDescription;
  return {
    TableName: Table.TableName,
    BillingMode: Table.BillingModeSummary.BillingMode,
    AttributeDefinitions: Table.AttributeDefinitions,
    KeySchema: Table.KeySchema,
    GlobalSecondaryIndexes: Table.GlobalSecondaryIndexes.map(
      ({ IndexName, KeySchema, Projection }: Record<string, unknown>) => ({
        IndexName,
        KeySchema,
        Projection,
      }),
    ),
    TimeToLiveSpecification: {
      AttributeName: TimeToLiveDescription.AttributeName,
      Enabled: TimeToLiveDescription.TimeToLiveStatus === "ENABLED",
    },
    SSESpecification: { SSEEnabled: Table.SSEDescription.Status === "ENABLED" },
    PointInTimeRecoverySpecification: {
      PointInTimeRecoveryEnabled: PointInTimeRecoveryStatus === "ENABLED",
    },
  };
}
const loseTable = () => world.run(`aws dynamodb delete-table --table-name ${stack}`);
/** By the runbook's own commands. */
const makeTable = () => block("table-lost", 1);

let before = "";
let unknown = "";

const steps: Record<string, Step[]> = {
  "look-first": [
    {
      before: () =>
        world.run(`aws cloudwatch put-metric-alarm --alarm-name ${stack}-StsFailures-1 --metric-name StsFailures --namespace keyvend \
  --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold \
  --alarm-description 'STS fails. See infra/runbook.md#sts-fails.'
aws cloudwatch set-alarm-state --alarm-name ${stack}-StsFailures-1 --state-value ALARM --state-reason test`),
      prints: /^keyvend-prod-StsFailures-1\tSTS fails\. See infra\/runbook\.md#sts-fails\.$/m,
    },
    {
      before: async () => expect(await vend("alice", "probed/credentials")).toMatchObject({ status: 403 }),
      prints: /"decision":"refused"/,
    },
  ],
  "callers-are-refused": [
    {
      before: async () => expect(await vend("mallory")).toMatchObject({ status: 200 }),
      after: async () => {
        await revoked("mallory");
        await serves();
      },
    },
  ],
  "callers-get-429": [
    {
      after: async () => {
        const { DefaultRouteSettings } = (await deployedTemplate()).Resources.HttpApiStage.Properties;
        expect(DefaultRouteSettings).toMatchObject({
          ThrottlingRateLimit: 1_000,
          ThrottlingBurstLimit: 2_000,
        });
      },
    },
  ],
  "a-function-fails": [
    {
      before: () => world.functions.invoke(`${stack}-vend`, { no: "request" }),
      prints: /errorType/,
    },
  ],
  "no-concurrency": [
    {
      before: () =>
        world.run(
          `aws lambda put-function-concurrency --function-name ${stack}-vend --reserved-concurrent-executions 5`,
        ),
      prints: /"ReservedConcurrentExecutions": 5\b[\s\S]*"ConcurrentExecutions": 1000\b/,
    },
    {
      after: async () => {
        const { VendLambdaFunction } = (await deployedTemplate()).Resources;
        expect(VendLambdaFunction.Properties.ReservedConcurrentExecutions).toBe(400);
      },
    },
  ],
  "the-warmer-stands": [{ prints: /^keyvend-prod-\S+\tENABLED$[\s\S]*"left":0/m }],
  "sts-throttled": [{ prints: /^ *2 AssumeRole\tbatch\n *1 GetCallerIdentity\talice$/m }],
  "secret-wrong": [
    {
      before: async () => {
        before = await keyInSecret();
        await world.write("wrong.json", '{"accessKeyId":"AKIAWRONG00000000000","secretAccessKey":"wrong"}');
        await world.run("npm run -s secret:put -- --storage lake --stage prod --file wrong.json");
      },
      prints: /\tAWSCURRENT$/m,
    },
    {
      after: async () => {
        expect(await keyInSecret()).toBe(before);
        await serves();
      },
    },
    { prints: /"aws:PrincipalArn"[\s\S]*:user\/keyvend-prod-eu-central-1-lake"/ },
  ],
  "a-secret-cannot-be-read": [
    {
      before: () =>
        world.run(
          `aws secretsmanager delete-secret --secret-id ${stack}/sealing-key --recovery-window-in-days 7`,
        ),
      // It is marked for deletion.
      status: 255,
      prints: /"keyvend-prod\/sealing-key",\s+\d[\s\S]*marked (?:for deletion|deleted)/,
    },
    { after: async () => expect(await secretText("sealing-key")).toContain("k1") },
  ],
  "an-issuer-is-away": [{ environment: () => ({ ISSUER: world.issuer.url }), prints: /"jwks_uri"/ }],
  "rotation-failed": [
    {
      before: async () => {
        await dropOtherKeys();
        await world.run(`aws iam create-access-key --user-name ${keyUser}`);
        await world.run(`aws secretsmanager rotate-secret --secret-id ${stack}/lake`);
      },
      prints: /RotationFault/,
    },
    {
      prints: /^AKIA\w+\t\S+\nAKIA\w+\t\S+$/m,
      after: async () => {
        const kept = await keyInSecret();
        unknown = (await keysOf()).find(({ id }) => id !== kept)?.id ?? "";
      },
    },
    {
      environment: () => ({ UNKNOWN: unknown }),
      after: async () => expect(await keysOf()).toEqual([{ id: await keyInSecret(), isActive: true }]),
    },
    {
      before: async () => {
        before = await keyInSecret();
      },
      after: async () => {
        const now = await keyInSecret();
        expect(now).not.toBe(before);
        expect((await keysOf()).map(({ id }) => id).sort()).toEqual([before, now].sort());
      },
    },
    { prints: /"StatusCode": 200(?![\s\S]*FunctionError)/ },
  ],
  "revocations-cannot-be-read": [
    {
      before: async () => {
        expect((await record()).revoked).toMatchObject([{ kind: "principal", name: "mallory" }]);
        await world.run(
          `aws dynamodb put-item --table-name ${stack} --item '{"key":{"S":"revocations"},"record":{"S":"not ours"}}'`,
        );
        await world.functions.renew();
        expect(await vend("alice")).toMatchObject({ status: 503 });
      },
      status: 1,
      prints: /has another form/,
    },
    { prints: /"S": "not ours"[\s\S]*"mallory"/ },
    {
      after: async () => {
        expect((await record()).revoked).toMatchObject([{ kind: "principal", name: "mallory" }]);
        await revoked("mallory");
        await serves();
      },
    },
  ],
  "a-probe-failed": [
    {
      before: async () => world.write("doctor.token", await world.issuer.token({ sub: "doctor" })),
      environment: () => ({ KEYVEND_URL: world.url, KEYVEND_TOKEN_FILE: "doctor.token" }),
      // moto holds no session to its policy.
      status: 1,
      prints: /^.*\bvend\b.*probed[\s\S]*\boutside\b/m,
    },
  ],
  "the-cache-does-not-help": [
    {
      before: async () => {
        await serves();
        await loseTable();
        expect(await vend("alice", "lake/credentials?target=s3://example-lake/raw/b/")).toMatchObject({
          status: 200,
        });
      },
      prints: /"notKept":true,"reason":"without the table: /,
      after: makeTable,
    },
    {
      after: async () =>
        expect((await deployedTemplate()).Resources.EmptyCache.Properties).toMatchObject({
          Threshold: 100,
          ComparisonOperator: "GreaterThanThreshold",
        }),
    },
  ],
  "table-lost": [
    { before: loseTable, status: 255, prints: /ResourceNotFoundException/ },
    {
      after: async () =>
        expect(await tableNow()).toEqual((await deployedTemplate()).Resources.Table.Properties),
    },
    {
      before: async () => {
        before = await vendedKey();
      },
      prints: /./,
      after: async () => {
        await world.functions.renew();
        expect(await vendedKey()).not.toBe(before);
      },
    },
  ],
  "table-written-by-others": [{ prints: /\tUpdateTable\tmallory$/m }],
  "region-down": [
    {
      before: async () => {
        await cp(join(world.clone, ".serverless"), join(world.clone, "../kept"), { recursive: true });
        await world.write("key.json", '{"accessKeyId":"AKIAELSEWHERE0000000","secretAccessKey":"elsewhere"}');
      },
      after: async () => {
        const elsewhere = await json(
          `secretsmanager get-secret-value --secret-id ${stack}/lake --region eu-west-1`,
        );
        expect(elsewhere.SecretString).toContain("AKIAELSEWHERE0000000");
        const { Stacks } = await json(`cloudformation describe-stacks --region eu-west-1`);
        expect(Stacks).toMatchObject([{ StackName: stack, StackStatus: "UPDATE_COMPLETE" }]);
        await rm(join(world.clone, ".serverless"), { recursive: true });
        await cp(join(world.clone, "../kept"), join(world.clone, ".serverless"), { recursive: true });
      },
    },
  ],
  "wrong-grant-deployed": [
    {
      before: serves,
      prints: /"decision":"vended"/,
      after: () => revoked("alice"),
    },
    { after: () => revoked("alice") },
    {
      after: async () => {
        await world.functions.renew();
        await servesInTheEnd();
      },
    },
  ],
  "key-leaked": [
    {
      before: async () => {
        await dropOtherKeys();
        before = await keyInSecret();
      },
      after: async () => {
        const now = await keyInSecret();
        expect(now).not.toBe(before);
        expect(await keysOf()).toEqual(
          expect.arrayContaining([
            { id: before, isActive: false },
            { id: now, isActive: true },
          ]),
        );
      },
    },
    {
      after: async () => {
        const { VersionIdsToStages } = await json(`secretsmanager describe-secret --secret-id ${stack}/lake`);
        expect(Object.values(VersionIdsToStages).flat()).not.toContain("AWSPREVIOUS");
        const { PolicyDocument } = await json(
          `iam get-role-policy --role-name ${keyUser} --policy-name keyvend-revocations-prod`,
        );
        expect(PolicyDocument.Statement[0].Effect).toBe("Deny");
        await world.functions.renew();
        await servesInTheEnd();
      },
    },
    { after: async () => expect(await keysOf()).toEqual([{ id: await keyInSecret(), isActive: true }]) },
  ],
  "sealing-key-leaked": [
    {
      before: async () => {
        before = await vendedKey();
      },
      after: async () => {
        expect(Object.keys(JSON.parse(await secretText("sealing-key")))).toEqual(["current", "k2"]);
        const issuedAnew = await vendedKey();
        expect(issuedAnew).not.toBe(before);
        await world.functions.renew();
        expect(await vendedKey()).toBe(issuedAnew);
      },
    },
  ],
  "client-keys-leaked": [
    {
      before: async () => expect(await assumeAs(clientKeyId)).toBe(""),
      after: async () => {
        await world.functions.renew();
        expect(await assumeAs(clientKeyId)).toBe("AccessDenied");
      },
    },
    {
      prints: /^ {4}id: KV1X[A-Z2-7]{20}$/m,
      after: async () =>
        expect((await record()).revoked).not.toContainEqual(expect.objectContaining({ name: "catalog" })),
    },
    {
      after: async () => expect(JSON.parse(await secretText("client-keys"))).toMatchObject({ current: "k2" }),
    },
    {
      before: async () => {
        const made = await world.run("npm run -s client-key:new -- --name catalog --days 90 --stage prod");
        [, before = ""] = /\b(KV2X[A-Z2-7]{20})\b/.exec(made) ?? [];
        await world.write("infra/vending.yml", vendingFor(world, before));
      },
      after: async () => {
        expect(Object.keys(JSON.parse(await secretText("client-keys")))).toEqual(["current", "k2"]);
        await expect.poll(() => assumeAs(before), untilThen).toBe("");
      },
    },
  ],
};

/** Runs one block, after those before it on its page: with their variables. */
async function block(id: string, index: number, environment: Record<string, string> = {}) {
  const page = [lookFirst, ...pages].find((each) => each.id === id);
  const commands = page?.commands[index] ?? expect.unreachable(`There is no block ${index} on ${id}.`);
  const variables = join(world.clone, "..", `${id}.variables`);
  // What a shell would still know from the block before.
  const known = index > 0 ? `[ ! -e "${variables}" ] || . "${variables}"` : "";
  const ended = await world.sh(
    `set -a\n${beginning.commands[0]}\n${known}\n${commands}\nexport -p > "${variables}"`,
    environment,
  );
  return ended;
}

test("no block of the runbook is left out", () => {
  expect(beginning.commands).toHaveLength(1);
  const blocks = [lookFirst, ...pages].flatMap(({ id, commands }) =>
    commands.length > 0 ? [[id, commands.length]] : [],
  );
  expect(Object.fromEntries(blocks)).toEqual(
    Object.fromEntries(Object.entries(steps).map(([id, own]) => [id, own.length])),
  );
});

test.each([lookFirst, ...pages].filter(({ commands }) => commands.length > 0))("$title", async ({ id }) => {
  for (const [index, step] of (steps[id] ?? []).entries()) {
    await step.before?.();
    const { status, out, err } = await block(id, index, step.environment?.());
    const said = `${out}${err}`;
    expect(status, said).toBe(step.status ?? 0);
    if (step.prints) expect(said).toMatch(step.prints);
    await step.after?.();
  }
});
