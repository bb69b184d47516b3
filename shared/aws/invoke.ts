import { RequestFailed, request } from "../net/request.ts";
import type { AskWarmer } from "../vending/ports.ts";
import { CallFailed } from "./call.ts";
import { type OwnCredentials, signedHeaders } from "./sign.ts";

interface Target {
  region: string;
  /** Base URL of Lambda's API. */
  endpoint: string;
  functionName: string;
  credentials: OwnCredentials;
  timeoutMs: number;
}

/**
 * Invokes a function asynchronously: Lambda takes the event, and nobody waits for what becomes of it.
 *
 * @throws CallFailed when Lambda does not take it.
 * @example await createAskWarmer({ region, endpoint, functionName: "keyvend-prod-warm", credentials, timeoutMs })(key)
 */
export function createAskWarmer(target: Target): AskWarmer {
  const { endpoint, functionName, timeoutMs } = target;
  const path = `/2015-03-31/functions/${functionName}/invocations`;
  const by = { ...target, service: "lambda" };
  return async (key) => {
    const url = new URL(path, endpoint);
    const body = JSON.stringify({ entry: key });
    const unsigned = {
      host: url.host,
      "content-type": "application/json",
      "x-amz-invocation-type": "Event",
    };
    const headers = signedHeaders(unsigned, body, by, new Date(), path);
    const { status } = await request({
      method: "POST",
      url,
      headers,
      body,
      timeoutMs,
      maxBytes: 65_536,
    }).catch((error) => {
      throw error instanceof RequestFailed ? new CallFailed("Invoke", error.reason) : error;
    });
    if (status !== 202) throw new CallFailed("Invoke", "not taken", status);
  };
}
