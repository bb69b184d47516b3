import type { AskWarmer } from "../vending/ports.ts";
import { CallFailed } from "./call-failed.ts";
import type { OwnCredentials } from "./sign.ts";
import { signedPost } from "./signed-post.ts";

const maxBytes = 65_536;

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
 * @example await createAskWarmer({ region, endpoint, functionName: "keyvend-prod-warm", credentials, timeoutMs })(key, 7)
 */
export function createAskWarmer(target: Target): AskWarmer {
  const { endpoint, functionName, timeoutMs } = target;
  const path = `/2015-03-31/functions/${functionName}/invocations`;
  const headers = { "content-type": "application/json", "x-amz-invocation-type": "Event" };
  const by = { ...target, service: "lambda" };
  return async (key, generation) => {
    const body = JSON.stringify({ entry: { key, generation } });
    // What comes twice, or after its claim was given up, finds another generation.
    const post = { action: "Invoke", endpoint, path, headers, body, timeoutMs, maxBytes, idempotent: true };
    const { status } = await signedPost(post, by);
    if (status !== 202) throw new CallFailed("Invoke", "not taken", status);
  };
}
