/**
 * The doctor's look at an account, on moto: a stack and what it made, the keys, the secrets and the roles. Each planted fault is found as
 * that fault and no other. What the doctor finds from outside is in test/journeys/doctor.test.ts.
 */
import {
  DeleteAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { DeleteFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { GetSecretValueCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { ListSubscriptionsByTopicCommand, SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { openAccount } from "../../../infra/doctor/account/account.ts";
import { examineAccount } from "../../../infra/doctor/account/examine.ts";
import { type CheckName, isTrouble } from "../../../infra/doctor/finding.ts";
import { countRun } from "../../../infra/doctor/metric.ts";
import type { DoctorSetting } from "../../../infra/doctor/setting.ts";
import {
  alarmNames,
  arnOf,
  type Clients,
  chainedRole,
  clientsAt,
  credentials,
  functionName,
  keyUser,
  keyUserArn,
  lakeRole,
  type MadeAccount,
  makeAccount,
  makeApiStage,
  region,
  setTable,
  stage,
  trustOf,
} from "./made-account.ts";
import { startMoto } from "./server.ts";
import { startStackFront } from "./stack-front.ts";

const stops: (() => unknown)[] = [];
let clients: Clients;
let made: MadeAccount;
let front: Awaited<ReturnType<typeof startStackFront>>;
let setting: DoctorSetting;

const [, tableFaults = ""] = alarmNames;

beforeAll(async () => {
  const moto = await startMoto();
  stops.push(moto.stop);
  clients = clientsAt(moto.endpoint);
  made = await makeAccount(clients);
  front = await startStackFront(moto.endpoint, made.resources);
  stops.push(front.close);
  setting = {
    service: {
      url: "https://vend.example.com",
      identity: { kind: "token", tokenFile: undefined, audience: "keyvend" },
    },
    env: {},
    outside: [],
    keyDays: 90,
    config: parseConfig({
      issuers: { company: { issuer: "https://login.example.com", audience: "keyvend" } },
      storages: {
        lake: {
          ...{ bucket: "lake", region, issue: "assume-role", roleArn: arnOf("role", lakeRole) },
          ...{ secret: "lake", externalId: "ours", maxDurationSeconds: 43_200 },
        },
        chained: { bucket: "lake", region, issue: "assume-role", roleArn: arnOf("role", chainedRole) },
      },
      grants: ["lake", "chained"].map((storage) => ({
        ...{ name: storage, issuer: "company", subject: "*", storage, permission: "READ" },
        maxDurationSeconds: 43_200,
      })),
    }),
    account: openAccount({ stage, region, credentials: async () => credentials }, front.url),
  };
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

async function troublesNow() {
  return (await examineAccount(setting)).filter(isTrouble);
}

interface PlantedFault {
  fault: string;
  plant(): Promise<unknown>;
  undo(): Promise<unknown>;
  finds: Partial<Record<CheckName, string>>;
}

async function alarm(name: string): Promise<void> {
  const threshold = { Threshold: 1, ComparisonOperator: "GreaterThanOrEqualToThreshold" } as const;
  await clients.cloudWatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: name, AlarmDescription: "DynamoDB fails.", AlarmActions: [made.topic], ...threshold },
      ...{ Namespace: "keyvend", MetricName: "Any", Statistic: "Sum", Period: 300, EvaluationPeriods: 1 },
    }),
  );
}

const setState = (StateValue: "OK" | "ALARM") =>
  clients.cloudWatch.send(
    new SetAlarmStateCommand({ AlarmName: tableFaults, StateValue, StateReason: "a test" }),
  );

const setTrust = (RoleName: string, PolicyDocument: string) =>
  clients.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
const withId = { StringEquals: { "sts:ExternalId": "ours" } };
const resetTrust = () => setTrust(lakeRole, trustOf([keyUserArn], withId));

/** Makes the API's stage anew: moto cannot change one. */
async function setLimits(defaultRouteSettings?: object): Promise<void> {
  await clients.call("apigateway", { method: "DELETE", path: `/v2/apis/${made.api}/stages/%24default` });
  await makeApiStage(clients, made.api, defaultRouteSettings);
}

const putSecret = (SecretId: string, SecretString: string) =>
  clients.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString }));
let kept = "";

const answering = (action: string, change: (answer: string) => string) => async () => {
  front.change = (asked, answer) => (asked === action ? change(answer) : answer);
};
const answerAgain = async () => {
  front.change = undefined;
};

const faults: PlantedFault[] = [
  {
    fault: "the stack's last deployment failed",
    plant: answering("DescribeStacks", (answer) =>
      answer.replace("CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
    ),
    undo: answerAgain,
    finds: { stack: "was taken back" },
  },
  {
    fault: "the stack is broken",
    plant: answering("DescribeStacks", (answer) =>
      answer.replace("CREATE_COMPLETE", "UPDATE_ROLLBACK_FAILED"),
    ),
    undo: answerAgain,
    finds: { stack: "UPDATE_ROLLBACK_FAILED" },
  },
  {
    fault: "an alarm rings",
    plant: () => setState("ALARM"),
    undo: () => setState("OK"),
    finds: { alarms: "rings: Callers of keyvend" },
  },
  {
    fault: "an alarm tells nobody",
    plant: () => clients.cloudWatch.send(new DisableAlarmActionsCommand({ AlarmNames: [tableFaults] })),
    undo: () => clients.cloudWatch.send(new EnableAlarmActionsCommand({ AlarmNames: [tableFaults] })),
    finds: { alarms: "tells nobody" },
  },
  {
    fault: "an alarm was deleted",
    plant: () => clients.cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: [tableFaults] })),
    undo: () => alarm(tableFaults),
    finds: { alarms: "was deleted" },
  },
  {
    fault: "nobody subscribes to the alarms",
    async plant() {
      const { Subscriptions = [] } = await clients.sns.send(
        new ListSubscriptionsByTopicCommand({ TopicArn: made.topic }),
      );
      for (const { SubscriptionArn } of Subscriptions)
        await clients.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    },
    undo: () =>
      clients.sns.send(
        new SubscribeCommand({ TopicArn: made.topic, Protocol: "email", Endpoint: "ops@example.com" }),
      ),
    finds: { subscribers: "nobody hears" },
  },
  {
    fault: "the only subscription waits to be confirmed",
    plant: answering("ListSubscriptionsByTopic", (answer) =>
      answer.replace(/(?<=<SubscriptionArn>)[^<]+/, "PendingConfirmation"),
    ),
    undo: answerAgain,
    finds: { subscribers: "not confirmed" },
  },
  {
    fault: "the API has no limit",
    plant: () => setLimits({ detailedMetricsEnabled: false }),
    undo: () => setLimits(),
    finds: { limits: "no rate limit" },
  },
  {
    fault: "the API was closed by hand",
    plant: () => setLimits({ throttlingRateLimit: 0, throttlingBurstLimit: 0 }),
    undo: () => setLimits(),
    finds: { limits: "lets no request through" },
  },
  {
    fault: "a function may not run",
    plant: () =>
      clients.lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: functionName, ReservedConcurrentExecutions: 0 }),
      ),
    undo: () => clients.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: functionName })),
    finds: { functions: "may not run" },
  },
  {
    fault: "the table is neither backed up nor tidied up",
    plant: () => setTable(clients, false),
    undo: () => setTable(clients, true),
    finds: { table: "has no backup to a point in time; keeps what has expired" },
  },
  {
    fault: "a secret holds session credentials",
    async plant() {
      kept =
        (await clients.secretsManager.send(new GetSecretValueCommand({ SecretId: "keyvend-prod/lake" })))
          .SecretString ?? "";
      await putSecret(
        "keyvend-prod/lake",
        '{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"not/a+key"}',
      );
    },
    undo: () => putSecret("keyvend-prod/lake", kept),
    finds: { secret: "a long-term key is needed" },
  },
  {
    fault: "the secret holds the key of another account",
    plant: () =>
      putSecret("keyvend-prod/lake", '{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","secretAccessKey":"not/a+key"}'),
    undo: () => putSecret("keyvend-prod/lake", kept),
    finds: { key: "IAM does not know it" },
  },
  {
    fault: "a key is inactive",
    plant: () =>
      clients.iam.send(
        new UpdateAccessKeyCommand({ UserName: keyUser, AccessKeyId: made.accessKeyId, Status: "Inactive" }),
      ),
    undo: () =>
      clients.iam.send(
        new UpdateAccessKeyCommand({ UserName: keyUser, AccessKeyId: made.accessKeyId, Status: "Active" }),
      ),
    finds: { key: "is inactive" },
  },
  {
    fault: "a role trusts another user",
    plant: () => setTrust(lakeRole, trustOf([keyUserArn, arnOf("user", "other")], withId)),
    undo: resetTrust,
    finds: { trust: `lets ${arnOf("user", "other")} in` },
  },
  {
    fault: "a role asks for another external id",
    plant: () => setTrust(lakeRole, trustOf([keyUserArn], { StringEquals: { "sts:ExternalId": "theirs" } })),
    undo: resetTrust,
    finds: { trust: "asks for another external id" },
  },
  {
    fault: "a role does not trust the warmer",
    plant: () => setTrust(chainedRole, trustOf([arnOf("role", "keyvend-prod-eu-central-1-vend")])),
    undo: () =>
      setTrust(
        chainedRole,
        trustOf(["vend", "warm"].map((name) => arnOf("role", `keyvend-prod-eu-central-1-${name}`))),
      ),
    finds: { trust: "does not let arn:aws:iam::123456789012:role/keyvend-prod-eu-central-1-warm in" },
  },
  {
    fault: "a role's sessions are shorter than what is granted",
    plant: () => clients.iam.send(new UpdateRoleCommand({ RoleName: lakeRole, MaxSessionDuration: 3_600 })),
    undo: () => clients.iam.send(new UpdateRoleCommand({ RoleName: lakeRole, MaxSessionDuration: 43_200 })),
    finds: { duration: "--max-session-duration 43200" },
  },
];

test("an account in order has no findings, and every check has looked", async () => {
  const findings = await examineAccount(setting);
  expect(findings.filter(({ status }) => status !== "ok")).toEqual([]);
  expect([...new Set(findings.map(({ check }) => check))].sort()).toEqual(
    [
      ...["access", "alarms", "duration", "functions", "key", "limits", "secret", "stack", "subscribers"],
      ...["table", "trust"],
    ].sort(),
  );
});

test.each(faults)("$fault", async ({ plant, undo, finds }) => {
  await plant();
  const troubles = await troublesNow().finally(undo);
  expect([...new Set(troubles.map(({ check }) => check))].sort(), JSON.stringify(troubles)).toEqual(
    Object.keys(finds).sort(),
  );
  const said = troubles.map(({ message, advice }) => `${message} ${advice}`).join("\n");
  for (const words of Object.values(finds)) expect(said).toContain(words);
  expect(await troublesNow(), "after the fault was taken away").toEqual([]);
});

test("a second key is no finding during a rotation", async () => {
  const { AccessKey } = await clients.iam.send(new CreateAccessKeyCommand({ UserName: keyUser }));
  expect(await troublesNow()).toEqual([]);
  await clients.iam.send(
    new DeleteAccessKeyCommand({ UserName: keyUser, AccessKeyId: AccessKey?.AccessKeyId }),
  );
});

test("a stage that is not there is one finding", async () => {
  const other = openAccount({ stage: "other", region, credentials: async () => credentials }, front.url);
  const findings = await examineAccount({ ...setting, account: other });
  expect(findings.filter(({ check }) => check === "stack")).toMatchObject([
    { status: "failed", message: "is not there" },
  ]);
});

test("a run is counted in CloudWatch, by the stack", async () => {
  const { account } = setting;
  if ("missing" in account) return expect.unreachable("no account");
  const of = { check: "vend", subject: "lake", message: "", advice: "" } as const;
  await countRun(account, [{ ...of, status: "warning" }]);
  await countRun(account, [{ ...of, status: "failed" }]);
  const sumOf = async (MetricName: string) => {
    const { Datapoints = [] } = await clients.cloudWatch.send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: "keyvend", MetricName, Dimensions: [{ Name: "stack", Value: "keyvend-prod" }] },
        ...{ StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(Date.now() + 3_600_000) },
        ...{ Period: 7_200, Statistics: ["Sum"] },
      }),
    );
    return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
  };
  expect([await sumOf("Probes"), await sumOf("ProbeFailed")]).toEqual([2, 1]);
});
