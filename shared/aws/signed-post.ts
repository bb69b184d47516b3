import { type BoundedRequest, type BoundedResponse, RequestFailed, request } from "../net/request.ts";
import { CallFailed } from "./call-failed.ts";
import { type Signer, signedHeaders } from "./sign.ts";

interface Post extends Pick<BoundedRequest, "timeoutMs" | "maxBytes" | "idempotent"> {
  /** What is called, for the error. */
  action: string;
  /** Base URL of the service. */
  endpoint: string;
  path?: string;
  /** By lower-case name; `host` is put in. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/**
 * Posts to an AWS service, signed. Any status is an answer.
 *
 * @throws CallFailed when there is none.
 * @example const { status } = await signedPost({ action: "GetItem", endpoint, headers, body, timeoutMs, maxBytes }, signer)
 */
export async function signedPost(
  { action, endpoint, path = "/", headers, ...rest }: Post,
  by: Signer,
): Promise<BoundedResponse> {
  const url = new URL(path, endpoint);
  const signed = signedHeaders({ host: url.host, ...headers }, rest.body, by, new Date(), path);
  try {
    return await request({ method: "POST", url, headers: signed, ...rest });
  } catch (error) {
    throw error instanceof RequestFailed ? new CallFailed(action, error.reason) : error;
  }
}
