import { signedHeaders } from "../../../shared/client/src/identity-sources/sigv4.ts";
import { parse, readBounded } from "../../../shared/client/src/request.ts";
import type { Account, DeployedServices } from "./account.ts";

/** A call that is answered in JSON, to a service for which there is no SDK here. */
interface SignedCall {
  service: "apigateway" | "dynamodb";
  /** Of a GET. */
  path?: string;
  /** Of a POST: the action behind `DynamoDB_20120810.`, and its input. */
  action?: string;
  input?: object;
}

/** An answer that is an error, in the form that errors of the SDK have. */
class CallRefused extends Error {
  constructor(name: string) {
    super(name);
    this.name = name;
  }
}

/**
 * Sends one call, signed with the operator's credentials.
 *
 * @throws Error whose name is AWS's code
 * @example await signedCall(account, services, { service: "dynamodb", action: "DescribeTable", input: { TableName } })
 */
export async function signedCall(
  { region }: Account,
  { credentials, endpoint }: DeployedServices,
  { service, path = "/", action, input }: SignedCall,
): Promise<Record<string, unknown>> {
  const url = new URL(path, endpoint(service));
  const method = action === undefined ? "GET" : "POST";
  const headers: Record<string, string> =
    action === undefined
      ? {}
      : { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${action}` };
  const body = action === undefined ? {} : { body: JSON.stringify(input) };
  const signed = {
    method,
    url,
    headers,
    ...body,
    service,
    region,
    credentials: await credentials(),
  } as const;
  const response = await fetch(url, {
    method,
    headers: await signedHeaders(signed, new Date()),
    ...body,
    redirect: "manual",
    signal: AbortSignal.timeout(10_000),
  });
  const answer = parse(await readBounded(response));
  if (response.status === 200) return answer;
  const code =
    response.headers.get("x-amzn-errortype") ?? String(answer["__type"] ?? `Status${response.status}`);
  throw new CallRefused(code.replace(/^.*#|:.*$/g, ""));
}
