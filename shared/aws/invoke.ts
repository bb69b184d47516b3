import type { AskWarmer } from "../vending/ports.ts";
import { CallFailed } from "./call-failed.ts";
import type { OwnCredentialsProvider } from "./own-credentials.ts";
import { createSigner } from "./sign.ts";
import { signedPost } from "./signed-post.ts";

const mostBytes = 65_536;

interface WarmFunction {
  region: string;
  /** Base URL of Lambda's API. */
  endpoint: string;
  functionName: string;
  credentials: OwnCredentialsProvider;
  timeoutMs: number;
}

/**
 * Invokes the warm function asynchronously: Lambda takes the event, and nobody waits for the outcome.
 *
 * Its function throws `CallFailed` when Lambda does not take the event.
 *
 * @example await createAskWarmer({ region, endpoint, functionName: "keyvend-prod-warm", credentials, timeoutMs })(key, 7)
 */
export function createAskWarmer(warmFunction: WarmFunction): AskWarmer {
  const { endpoint, functionName, timeoutMs } = warmFunction;
  const path = `/2015-03-31/functions/${functionName}/invocations`;
  const headers = { "content-type": "application/json", "x-amz-invocation-type": "Event" };
  const sign = createSigner({ ...warmFunction, service: "lambda" });

  return async function askWarmer(key, generation) {
    const body = JSON.stringify({ entry: { key, generation } });
    // It may be sent twice: an event that comes again, or after its claim was given up, finds another generation.
    const post = {
      action: "Invoke",
      endpoint,
      path,
      headers,
      body,
      timeoutMs,
      maxBytes: mostBytes,
      idempotent: true,
    };
    const { status } = await signedPost(post, sign);
    if (status !== 202) throw new CallFailed("Invoke", "not taken", status);
  };
}
