import { type BoundedRequest, type BoundedResponse, RequestFailed, request } from "../net/request.ts";
import { CallFailed } from "./call-failed.ts";
import type { Sign } from "./sign.ts";

interface Post extends Pick<BoundedRequest, "timeoutMs" | "maxBytes" | "idempotent"> {
  /** What is called, for the error. */
  action: string;
  /** Base URL of the service. */
  endpoint: string;
  path?: string;
  /** By lower-case name; `host` is added. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/**
 * Posts a signed request to an AWS service. Any status is an answer.
 *
 * @throws CallFailed when there is no answer, or nothing to sign with.
 * @example const { status } = await signedPost({ action: "GetItem", endpoint, headers, body, timeoutMs, maxBytes }, sign)
 */
export async function signedPost(
  { action, endpoint, path = "/", headers, ...rest }: Post,
  sign: Sign,
): Promise<BoundedResponse> {
  const url = new URL(path, endpoint);
  const signed = await sign({ host: url.host, ...headers }, rest.body, new Date(), path);
  try {
    return await request({ method: "POST", url, headers: signed, ...rest });
  } catch (error) {
    throw error instanceof RequestFailed ? new CallFailed(action, error.reason) : error;
  }
}
