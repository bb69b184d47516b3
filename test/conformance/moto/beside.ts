import { randomUUID } from "node:crypto";
import { element } from "../../../infra/local/aws/xml.ts";
import { filterTakes } from "../../infra/filter-pattern.ts";
import type { DeployedFunctions } from "./deployed-functions.ts";
import type { AwsRequest, BesideMoto } from "./front.ts";

/** Lambda's invocations, which moto makes only with Docker. */
export function lambdaOf(functions: DeployedFunctions): BesideMoto {
  return async ({ path, headers, body }) => {
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(path) ?? [];
    if (name === undefined) return undefined;
    const ended = functions.invoke(name, body.length > 0 ? JSON.parse(body.toString()) : {});
    if (headers["x-amz-invocation-type"] === "Event") {
      // A deployment may end the instance meanwhile.
      ended.catch(() => undefined);
      return { body: "" };
    }
    const answer = await ended;
    return "result" in answer
      ? { body: JSON.stringify(answer.result) }
      : { headers: { "x-amz-function-error": "Unhandled" }, body: JSON.stringify(answer.error) };
  };
}

/** Lambda's part of a deployment: once CloudFormation carries a change out, the next event of each function meets a new instance. */
export function deploymentsOf(functions: DeployedFunctions): BesideMoto {
  return async ({ body }) => {
    const form = new URLSearchParams(body.subarray(0, 4_096).toString("latin1"));
    if (form.get("Action") === "ExecuteChangeSet") await functions.renew();
    return undefined;
  };
}

/** CloudWatch's search in the functions' logs. moto knows no patterns with members. */
export function logsOf(functions: DeployedFunctions): BesideMoto {
  return async ({ headers, body }) => {
    if (headers["x-amz-target"] !== "Logs_20140328.FilterLogEvents") return undefined;
    const { logGroupName, startTime = 0, filterPattern } = JSON.parse(body.toString());
    const lines = functions.logs.get(String(logGroupName).replace("/aws/lambda/", "")) ?? [];
    const events = lines.filter(
      ({ timestamp, message }) => timestamp >= startTime && filterTakes(filterPattern, message),
    );
    return { body: JSON.stringify({ events }) };
  };
}

/**
 * What is current of a secret after its label was moved. moto does not follow: it goes on reading the version that was put in last, and leaves the
 * label where it was when another is put in.
 *
 * @param endpoint moto's own
 */
export function currentSecretsOf(endpoint: string): BesideMoto {
  return async ({ headers, body }) => {
    const action = /^secretsmanager\.((?:Get|Put)SecretValue)$/.exec(String(headers["x-amz-target"]))?.[1];
    if (action === undefined) return undefined;
    const { VersionStage = "AWSCURRENT", ...input } = JSON.parse(body.toString());
    if (action === "GetSecretValue") {
      if (input.VersionId !== undefined) return undefined;
      const answer = await asked(endpoint, headers, JSON.stringify({ ...input, VersionStage }));
      return answer.ok ? { body: await answer.text() } : undefined;
    }
    if (input.VersionStages !== undefined) return undefined;
    const ask = secretsOf(endpoint, headers);
    const { SecretId } = input;
    const { VersionIdsToStages = {} } = await ask("DescribeSecret", { SecretId });
    const put = await ask("PutSecretValue", input);
    for (const [RemoveFromVersionId, stages] of Object.entries(VersionIdsToStages)) {
      if (RemoveFromVersionId === put.VersionId || !stages.includes(VersionStage)) continue;
      await ask("UpdateSecretVersionStage", { SecretId, VersionStage, RemoveFromVersionId });
    }
    return { body: JSON.stringify(put) };
  };
}

interface SecretAnswer {
  ARN: string;
  Name: string;
  VersionId?: string;
  VersionIdsToStages?: Record<string, string[]>;
}

/** moto's Secrets Manager, asked by whom the headers are of. */
function secretsOf(endpoint: string, headers: AwsRequest["headers"]) {
  return async (action: string, input: object): Promise<SecretAnswer> => {
    const target = { ...headers, "x-amz-target": `secretsmanager.${action}` };
    return (await (await asked(endpoint, target, JSON.stringify(input))).json()) as SecretAnswer;
  };
}

/** Another request in the place of one that came. */
function asked(endpoint: string, headers: AwsRequest["headers"], body: string): Promise<Response> {
  const { "content-length": _, connection: __, ...kept } = headers as Record<string, string>;
  return fetch(endpoint, { method: "POST", headers: kept, body });
}

/**
 * A rotation, which moto can do only with Docker: it makes the pending version, and the function does the rest, by the events that Secrets
 * Manager sends. A schedule alone is taken for made.
 *
 * @param endpoint moto's own
 */
export function rotationsOf(functions: DeployedFunctions, endpoint: string): BesideMoto {
  return async ({ headers, body }) => {
    if (headers["x-amz-target"] !== "secretsmanager.RotateSecret") return undefined;
    const { SecretId, RotateImmediately } = JSON.parse(body.toString());
    const ask = secretsOf(endpoint, headers);
    const { ARN, Name } = await ask("DescribeSecret", { SecretId });
    if (RotateImmediately === false) return { body: JSON.stringify({ ARN, Name }) };
    const ClientRequestToken = randomUUID();
    // For want of such a function moto does no more than make the version.
    await ask("RotateSecret", { SecretId, ClientRequestToken, RotationLambdaARN: "arn:aws:lambda:::none" });
    for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"]) {
      const ended = await functions.invoke("keyvend-prod-rotate", {
        Step,
        SecretId: ARN,
        ClientRequestToken,
        RotationToken: randomUUID(),
      });
      if ("error" in ended) break;
    }
    return { body: JSON.stringify({ ARN, Name, VersionId: ClientRequestToken }) };
  };
}

/**
 * A stack's outputs, which moto forgets with the first update, and that of the API, which it does not make.
 *
 * @param endpoint moto's own
 */
export function outputsOf(endpoint: string, apiUrl: () => string): BesideMoto {
  return async ({ headers, body }) => {
    const form = new URLSearchParams(body.toString("latin1"));
    if (form.get("Action") !== "DescribeStacks") return undefined;
    const ask = async (action: string) => {
      form.set("Action", action);
      return (await asked(endpoint, headers, form.toString())).text();
    };
    const answer = await ask("DescribeStacks");
    const [, topic] =
      /<LogicalResourceId>AlarmTopic<\/LogicalResourceId><PhysicalResourceId>([^<]+)</.exec(
        await ask("ListStackResources"),
      ) ?? [];
    if (topic === undefined) return undefined;
    const members = Object.entries({ AlarmTopicArn: topic, HttpApiUrl: apiUrl() }).map(([key, value]) =>
      element("member", element("OutputKey", key), element("OutputValue", value)),
    );
    const outputs = element("Outputs", members);
    return {
      headers: { "content-type": "text/xml" },
      body: answer.replace("<DisableRollback>", `${outputs.xml}<DisableRollback>`),
    };
  };
}

/** Quotas, of which moto has those of a network alone, in the form that AWS documents. */
export const quotas: BesideMoto = async ({ headers, body }) => {
  const [, action] = /^ServiceQuotasV20190624\.(.+)$/.exec(String(headers["x-amz-target"])) ?? [];
  if (action === undefined) return undefined;
  const { ServiceCode, QuotaCode, DesiredValue } = JSON.parse(body.toString());
  return {
    body: JSON.stringify(
      action === "GetServiceQuota"
        ? { Quota: { ServiceCode, QuotaCode, Value: 1_000 } }
        : { RequestedQuota: { ServiceCode, QuotaCode, DesiredValue, Status: "PENDING" } },
    ),
  };
};

/** CloudTrail's and Lambda's answers to what moto does not have, in the form that AWS documents. */
export const lookUps: BesideMoto = async ({ path, headers, body }) => {
  if (path.startsWith("/2016-08-19/account-settings"))
    return {
      body: JSON.stringify({
        AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 800 },
        AccountUsage: { FunctionCount: 4 },
      }),
    };
  if (!String(headers["x-amz-target"]).endsWith("CloudTrail_20131101.LookupEvents")) return undefined;
  const { LookupAttributes } = JSON.parse(body.toString());
  const [{ AttributeKey, AttributeValue }] = LookupAttributes;
  const EventTime = Date.now() / 1_000;
  const events: Record<string, object[]> = {
    "EventSource sts.amazonaws.com": [
      { EventName: "AssumeRole", Username: "batch", EventTime },
      { EventName: "AssumeRole", Username: "batch", EventTime },
      { EventName: "GetCallerIdentity", Username: "alice", EventTime },
    ],
    "ResourceName keyvend-prod": [{ EventName: "UpdateTable", Username: "mallory", EventTime }],
  };
  return { body: JSON.stringify({ Events: events[`${AttributeKey} ${AttributeValue}`] ?? [] }) };
};
