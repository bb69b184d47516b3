import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import aws4 from "aws4";
import type { MadeResource } from "./stack-front.ts";

export const region = "eu-central-1";
export const stage = "prod";
const stack = `keyvend-${stage}`;
const accountId = "123456789012";
export const credentials = { accessKeyId: "AKIAOPERATOR00000000", secretAccessKey: "operator".repeat(5) };
const sealing = JSON.stringify({ current: "k1", k1: "a sealing key of a test, not a real one" });

export const alarmNames = ["keyvend-prod-ApiFailures", "keyvend-prod-TableFaults"];
export const lakeRole = "keyvend-lake";
export const chainedRole = "keyvend-chained";
export const keyUser = "keyvend-prod-eu-central-1-lake";
export const functionName = `${stack}-vend`;
const tableName = stack;

/** The clients of the services in which a deployment makes something. */
export interface Clients {
  cloudFormation: CloudFormationClient;
  cloudWatch: CloudWatchClient;
  iam: IAMClient;
  lambda: LambdaClient;
  secretsManager: SecretsManagerClient;
  sns: SNSClient;
  /** Calls API Gateway or DynamoDB. */
  call(service: "apigateway" | "dynamodb", request: RestRequest): Promise<Record<string, unknown>>;
}

interface RestRequest {
  method?: "POST" | "DELETE";
  path?: string;
  /** DynamoDB's action. */
  action?: string;
  input?: object;
}

/** What a test has to know of the account. */
export interface MadeAccount {
  resources: MadeResource[];
  topic: string;
  api: string;
  accessKeyId: string;
}

export function clientsAt(endpoint: string): Clients {
  const settings = { endpoint, region, credentials };
  return {
    cloudFormation: new CloudFormationClient(settings),
    cloudWatch: new CloudWatchClient(settings),
    iam: new IAMClient(settings),
    lambda: new LambdaClient(settings),
    secretsManager: new SecretsManagerClient(settings),
    sns: new SNSClient(settings),
    async call(service, { method = "POST", path = "/", action, input = {} }) {
      const body = JSON.stringify(input);
      const headers =
        action === undefined
          ? { "Content-Type": "application/json" }
          : { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `DynamoDB_20120810.${action}` };
      const { host } = new URL(endpoint);
      const signed = aws4.sign({ host, path, method, service, region, body, headers }, credentials);
      const response = await fetch(`${endpoint}${path}`, {
        method,
        headers: signed.headers as Record<string, string>,
        body,
      });
      if (!response.ok) throw new Error(`${action ?? path}: ${response.status} ${await response.text()}`);
      return JSON.parse((await response.text()) || "{}") as Record<string, unknown>;
    },
  };
}

export const arnOf = (kind: "role" | "user", name: string) => `arn:aws:iam::${accountId}:${kind}/${name}`;

/** Users of some accounts have paths. */
export const keyUserArn = arnOf("user", `data/${keyUser}`);

/** A trust policy in the form that `npm run config:iam` gives it. */
export function trustOf(callers: readonly string[], conditions: object = {}): string {
  const Statement = [
    {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: "sts:AssumeRole",
      Condition: { ArnEquals: { "aws:PrincipalArn": callers }, ...conditions },
    },
  ];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

/** Makes what a deployment of the stage `prod` makes, as far as the doctor looks at it, with storages that use it. */
export async function makeAccount(clients: Clients): Promise<MadeAccount> {
  const { cloudFormation, cloudWatch, iam, lambda, secretsManager, sns, call } = clients;
  const TemplateBody = JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic" } } });
  await cloudFormation.send(new CreateStackCommand({ StackName: stack, TemplateBody }));

  const { TopicArn: topic = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
  await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: "email", Endpoint: "ops@example.com" }));
  for (const AlarmName of alarmNames)
    await cloudWatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName, AlarmDescription: "Callers of keyvend get 5xx.", AlarmActions: [topic] },
        ...{ Namespace: "keyvend", MetricName: "Any", Statistic: "Sum", Period: 300, EvaluationPeriods: 1 },
        ...{ Threshold: 1, ComparisonOperator: "GreaterThanOrEqualToThreshold" },
      }),
    );

  const { apiId: api = "" } = (await call("apigateway", {
    path: "/v2/apis",
    input: { name: stack, protocolType: "HTTP" },
  })) as { apiId?: string };
  await makeApiStage(clients, api);

  await call("dynamodb", {
    action: "CreateTable",
    input: {
      ...{ TableName: tableName, BillingMode: "PAY_PER_REQUEST", SSESpecification: { Enabled: true } },
      AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
    },
  });
  await setTable(clients, true);

  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  });
  const functionRoles = ["vend", "warm"].map((name) => `${stack}-${region}-${name}`);
  for (const RoleName of functionRoles)
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await lambda.send(
    new CreateFunctionCommand({
      ...{ FunctionName: functionName, Runtime: "nodejs22.x", Handler: "vend.handler" },
      ...{ Role: arnOf("role", functionRoles[0] ?? ""), Code: { ZipFile: Buffer.from("no code") } },
    }),
  );

  for (const Name of [`${stack}/sealing-key`, `${stack}/client-keys`])
    await secretsManager.send(new CreateSecretCommand({ Name, SecretString: sealing }));
  await iam.send(new CreateUserCommand({ UserName: keyUser, Path: "/data/" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: keyUser }));
  const SecretString = JSON.stringify({ AccessKey });
  await secretsManager.send(new CreateSecretCommand({ Name: `${stack}/lake`, SecretString }));
  const withId = { StringEquals: { "sts:ExternalId": "ours" } };
  await iam.send(
    new CreateRoleCommand({
      ...{ RoleName: lakeRole, MaxSessionDuration: 43_200 },
      AssumeRolePolicyDocument: trustOf([keyUserArn], withId),
    }),
  );
  await iam.send(
    new CreateRoleCommand({
      RoleName: chainedRole,
      AssumeRolePolicyDocument: trustOf(functionRoles.map((name) => arnOf("role", name))),
    }),
  );

  const resource = (type: string) => (logicalId: string, physicalId: string) => ({
    type,
    logicalId,
    physicalId,
  });
  return {
    topic,
    api,
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    resources: [
      resource("AWS::SNS::Topic")("AlarmTopic", topic),
      ...alarmNames.map((name) => resource("AWS::CloudWatch::Alarm")(name.split("-").at(-1) ?? "", name)),
      resource("AWS::ApiGatewayV2::Api")("HttpApi", api),
      resource("AWS::DynamoDB::Table")("Table", tableName),
      resource("AWS::Lambda::Function")("VendLambdaFunction", functionName),
      resource("AWS::IAM::Role")("VendRole", functionRoles[0] ?? ""),
      resource("AWS::IAM::Role")("WarmRole", functionRoles[1] ?? ""),
    ],
  };
}

const usualLimits = { throttlingRateLimit: 500, throttlingBurstLimit: 1_000 };

export function makeApiStage({ call }: Clients, api: string, defaultRouteSettings: object = usualLimits) {
  const input = { stageName: "$default", defaultRouteSettings };
  return call("apigateway", { path: `/v2/apis/${api}/stages`, input });
}

/** Turns both on or off: backups of the table, and the deletion of what has expired. */
export async function setTable({ call }: Clients, on: boolean): Promise<void> {
  const { TimeToLiveDescription } = (await call("dynamodb", {
    action: "DescribeTimeToLive",
    input: { TableName: tableName },
  })) as { TimeToLiveDescription?: { TimeToLiveStatus?: string } };
  if ((TimeToLiveDescription?.TimeToLiveStatus === "ENABLED") !== on)
    await call("dynamodb", {
      action: "UpdateTimeToLive",
      input: { TableName: tableName, TimeToLiveSpecification: { AttributeName: "ttl", Enabled: on } },
    });
  await call("dynamodb", {
    action: "UpdateContinuousBackups",
    input: {
      TableName: tableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: on },
    },
  });
}
