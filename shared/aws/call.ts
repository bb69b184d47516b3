import { setTimeout as sleep } from "node:timers/promises";
import { CallFailed } from "./call-failed.ts";
import { createSigner, type SignerOptions } from "./sign.ts";
import { signedPost } from "./signed-post.ts";

export interface JsonService extends SignerOptions {
  /** What precedes the action in `X-Amz-Target`, for example `DynamoDB_20120810`. */
  target: string;
  /** Version in the content type: DynamoDB speaks 1.0, Secrets Manager 1.1. */
  jsonVersion: "1.0" | "1.1";
  /** Base URL, for example `https://dynamodb.eu-central-1.amazonaws.com`. */
  endpoint: string;
  /** Time limit of one action, with all its attempts. */
  timeoutMs: number;
}

/** Sends one action with its input and returns its output. Throws `CallFailed`. */
export type JsonCall = <Output>(action: string, input: object) => Promise<Output>;

const mostBytes = 1_048_576;
const mostAttempts = 3;
/** Errors of a service that is overloaded for a moment. DynamoDB reports a single busy partition like this, too. */
const overload = /Throttling|ThroughputExceeded|RequestLimitExceeded/;

/**
 * Calls an AWS service that speaks JSON (DynamoDB, Secrets Manager) without the AWS SDK: loading the SDK would cost the
 * hit path more than all of its own work.
 *
 * @example const { Item } = await createJsonCall(service)("GetItem", { TableName, Key })
 */
export function createJsonCall(service: JsonService): JsonCall {
  const { endpoint, target, jsonVersion, timeoutMs } = service;
  const sign = createSigner(service);

  return async function call<Output>(action: string, input: object): Promise<Output> {
    const body = JSON.stringify(input);
    const headers = {
      "content-type": `application/x-amz-json-${jsonVersion}`,
      "x-amz-target": `${target}.${action}`,
    };
    const deadline = Date.now() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const limits = { timeoutMs: deadline - Date.now(), maxBytes: mostBytes, idempotent: true };
      const { status, body: text } = await signedPost({ action, endpoint, headers, body, ...limits }, sign);
      const answer = parseObject(text);
      if (status === 200 && answer !== undefined) return answer as Output;
      const type = errorType(answer);
      // Every action that is called is safe to repeat: it is a read, or a write that carries its condition.
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

/** `undefined` for anything but a JSON object. The parser's own error would quote the text, which may be a secret's. */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
