import { type STSClient, type STSClientConfig, STSClient as Sts } from "@aws-sdk/client-sts";
import type { ApiGatewayEvent, ApiGatewayResult } from "../../../functions/vend.ts";
import { lambdaContext } from "../context.ts";
import { httpEvent } from "../http-event.ts";

type Handler = (
  event: ApiGatewayEvent,
  context: ReturnType<typeof lambdaContext>,
) => Promise<ApiGatewayResult>;

/** A request as a client of STS sends it. */
export interface StsRequest {
  path?: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

interface StsResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Hands a request to the function as API Gateway does, which encodes every form. */
export async function post(
  handler: Handler,
  { path = "/", query = "", headers = {}, body = "" }: StsRequest,
): Promise<StsResponse> {
  const text = Buffer.from(body).toString("base64");
  const event = httpEvent({
    routeKey: path === "/" ? "POST /" : "POST /{prefix+}",
    rawPath: path,
    query,
    headers,
    ...(text !== "" && { body: { text, isBase64: true } }),
  });
  const {
    statusCode = 0,
    headers: answered = {},
    body: xml = "",
  } = await handler(event, lambdaContext("r-1"));
  return { status: statusCode, headers: answered as Record<string, string>, body: xml };
}

/** A request as the client hands it to the network. */
interface SentRequest {
  path: string;
  query?: Record<string, string>;
  headers: Record<string, string>;
  body?: string;
}

export const host = "keyvend.example.com";

/** Amazon's own client, whose requests go to a function in this process. */
export function stsClient(handler: Handler, config: STSClientConfig = {}): STSClient {
  return new Sts({
    region: "eu-central-1",
    endpoint: `https://${host}`,
    maxAttempts: 1,
    ...config,
    requestHandler: {
      metadata: { handlerProtocol: "http/1.1" },
      async handle({ query, ...sent }: SentRequest) {
        const text = new URLSearchParams(query).toString();
        const { status, ...answer } = await post(handler, { ...sent, query: text });
        const response = {
          statusCode: status,
          headers: lowerCase(answer.headers),
          body: Buffer.from(answer.body),
        };
        return { response };
      },
      destroy() {},
    } as NonNullable<STSClientConfig["requestHandler"]>,
  });
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
