import { setTimeout as sleep } from "node:timers/promises";
import { CallFailed } from "./call-failed.ts";
import type { Signer } from "./sign.ts";
import { signedPost } from "./signed-post.ts";

export interface JsonService extends Signer {
  /** What stands before the action in `X-Amz-Target`, for example `DynamoDB_20120810`. */
  target: string;
  /** Of the content type: DynamoDB speaks 1.0, Secrets Manager 1.1. */
  jsonVersion: "1.0" | "1.1";
  /** Base URL, for example `https://dynamodb.eu-central-1.amazonaws.com`. */
  endpoint: string;
  /** Of one action, with all its attempts. */
  timeoutMs: number;
}

/** Sends one action with its input and returns its output. Throws `CallFailed`. */
export type JsonCall = <Output>(action: string, input: object) => Promise<Output>;

const maxBytes = 1_048_576;
const mostAttempts = 3;
/** What a service says that has too much to do, for a moment: DynamoDB, of one busy partition too. */
const overload = /Throttling|ThroughputExceeded|RequestLimitExceeded/;

/**
 * Calls an AWS service that speaks JSON (DynamoDB, Secrets Manager) without the AWS SDK, whose loading would cost the
 * hit path more than all its own work.
 *
 * @example const { Item } = await dynamodb("GetItem", { TableName, Key })
 */
export function createJsonCall(service: JsonService): JsonCall {
  const { endpoint, target, jsonVersion, timeoutMs } = service;
  return async <Output>(action: string, input: object): Promise<Output> => {
    const body = JSON.stringify(input);
    const headers = {
      "content-type": `application/x-amz-json-${jsonVersion}`,
      "x-amz-target": `${target}.${action}`,
    };
    const deadline = Date.now() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const left = { timeoutMs: deadline - Date.now(), maxBytes, idempotent: true };
      const { status, body: text } = await signedPost({ action, endpoint, headers, body, ...left }, service);
      const answer = parsed(text);
      if (status === 200 && answer !== undefined) return answer as Output;
      const type = errorType(answer);
      // Every action that is called is safe to repeat: reads, and writes that carry their condition.
      const leftMs = deadline - Date.now();
      const again = (status >= 500 || overload.test(type)) && attempt < mostAttempts && leftMs > 0;
      if (again) await sleep(Math.min(20 * 2 ** attempt * Math.random(), leftMs));
      if (!again || Date.now() >= deadline) throw new CallFailed(action, type, status);
    }
  };
}

function errorType(answer: { __type?: unknown } | undefined): string {
  const type = answer?.__type;
  return typeof type === "string" ? type.slice(type.lastIndexOf("#") + 1) : "Unknown";
}

/** `undefined` for what is no JSON object: the parser's own error would quote it, and it may be a secret's. */
function parsed(text: string): object | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}
