import { setTimeout as sleep } from "node:timers/promises";
import { type BoundedResponse, RequestFailed, request } from "../net/request.ts";
import { type OwnCredentials, signedHeaders } from "./sign.ts";

export interface JsonService {
  /** The signing name: `dynamodb`, `secretsmanager`. */
  service: string;
  /** What stands before the action in `X-Amz-Target`, for example `DynamoDB_20120810`. */
  target: string;
  /** Of the content type: DynamoDB speaks 1.0, Secrets Manager 1.1. */
  jsonVersion: "1.0" | "1.1";
  region: string;
  /** Base URL, for example `https://dynamodb.eu-central-1.amazonaws.com`. */
  endpoint: string;
  credentials: OwnCredentials;
  /** Of one action, with all its attempts. */
  timeoutMs: number;
}

/** The service answered with an error, or not at all. `type` is the service's name for it, without its namespace. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly type: string;
  readonly status: number | undefined;

  constructor(action: string, type: string, status?: number) {
    super(`${action}: ${type}${status === undefined ? "" : ` (${status})`}`);
    this.type = type;
    this.status = status;
  }
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
  const { host } = new URL(service.endpoint);
  return async <Output>(action: string, input: object): Promise<Output> => {
    const body = JSON.stringify(input);
    const deadline = Date.now() + service.timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const { status, body: text } = await exchange(service, host, action, body, deadline - Date.now());
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

async function exchange(
  service: JsonService,
  host: string,
  action: string,
  body: string,
  timeoutMs: number,
): Promise<BoundedResponse> {
  const headers = signedHeaders(
    {
      host,
      "content-type": `application/x-amz-json-${service.jsonVersion}`,
      "x-amz-target": `${service.target}.${action}`,
    },
    body,
    service,
    new Date(),
  );
  try {
    return await request({
      method: "POST",
      url: service.endpoint,
      headers,
      body,
      timeoutMs,
      maxBytes,
      idempotent: true,
    });
  } catch (error) {
    throw error instanceof RequestFailed ? new CallFailed(action, error.reason) : error;
  }
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
