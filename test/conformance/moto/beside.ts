import { filterTakes } from "../../infra/filter-pattern.ts";
import type { DeployedFunctions } from "./deployed-functions.ts";
import type { BesideMoto } from "./front.ts";

/** Lambda's invocations, which moto makes only with Docker. */
export function lambdaOf(functions: DeployedFunctions): BesideMoto {
  return async ({ path, headers, body }) => {
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(path) ?? [];
    if (name === undefined) return undefined;
    const ended = functions.invoke(name, body.length > 0 ? JSON.parse(body.toString()) : {});
    if (headers["x-amz-invocation-type"] === "Event") {
      void ended;
      return { body: "" };
    }
    const answer = await ended;
    return "result" in answer
      ? { body: JSON.stringify(answer.result) }
      : { headers: { "x-amz-function-error": "Unhandled" }, body: JSON.stringify(answer.error) };
  };
}

/** CloudWatch's search in the functions' logs. moto knows no patterns with members. */
export function logsOf(functions: DeployedFunctions): BesideMoto {
  return async ({ headers, body }) => {
    if (headers["x-amz-target"] !== "Logs_20140328.FilterLogEvents") return undefined;
    const { logGroupName, startTime, filterPattern } = JSON.parse(body.toString());
    const lines = functions.logs.get(String(logGroupName).replace("/aws/lambda/", "")) ?? [];
    const events = lines.filter(
      ({ timestamp, message }) => timestamp >= startTime && filterTakes(filterPattern, message),
    );
    return { body: JSON.stringify({ events }) };
  };
}

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
