import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayProxyStructuredResultV2,
  Context,
} from "aws-lambda";
import type { IamIdentity } from "../shared/identity/aws-identity.ts";
import { appTimeouts, createApp } from "./app.ts";
import { type HttpAnswer, type HttpRequest, problem } from "./http.ts";
import { createRuntime } from "./runtime.ts";

/** `authorizer.iam` is present on the routes that API Gateway authorizes by IAM. */
export type ApiGatewayEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & { authorizer?: { iam?: Partial<IamIdentity> | null } }
>;
export type ApiGatewayResult = APIGatewayProxyStructuredResultV2;

/** An answer has to be written before Lambda ends the function. */
const reserveMs = 1_000;
/** So long before its end a request that has no answer yet gets a problem. */
const lastMs = 5;

const runtime = createRuntime(appTimeouts);
const app = createApp(runtime);
await runtime.prime();

/**
 * The door on Lambda, behind an HTTP API of API Gateway. A request that Lambda is about to end gets a problem as its answer,
 * and so does an event that cannot be read.
 */
export async function handler(event: ApiGatewayEvent, context: Context): Promise<ApiGatewayResult> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error("The function's time is over.")),
    context.getRemainingTimeInMillis() - lastMs,
  );
  try {
    return resultOf(await Promise.race([app(requestOf(event, context)), late.promise]));
  } catch (error) {
    const refuse = isForSts(event) ? (await import("./sts/door.ts")).refusal : problem;
    return resultOf(refuse(error, event.requestContext.requestId));
  } finally {
    clearTimeout(timer);
  }
}

function requestOf(event: ApiGatewayEvent, context: Context): HttpRequest {
  const { http, authorizer, requestId } = event.requestContext;
  return {
    method: http.method,
    path: pathOf(event),
    query: event.rawQueryString,
    ...(event.body && { body: Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8") }),
    headers: event.headers,
    clientAddress: http.sourceIp,
    iamIdentity: authorizer?.iam,
    answerBy: runtime.clock.now() + context.getRemainingTimeInMillis() - reserveMs,
    // API Gateway's: its access log has the same, and its answer in `apigw-requestid`. Lambda's own stands in the access log.
    requestId,
  };
}

/**
 * The path on the route that API Gateway has matched and authorized. `rawPath` is not that: API Gateway has decoded it,
 * and leaves in it what precedes the API, such as a stage or the base path of a custom domain.
 */
function pathOf(event: ApiGatewayEvent): string {
  // Every path leads to the same door, and a signature covers the whole of it.
  if (isForSts(event)) return event.rawPath;
  const { routeKey, pathParameters } = event;
  const [, template = ""] = routeKey.split(" ");
  return template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(pathParameters?.[name] ?? ""));
}

function isForSts({ routeKey }: ApiGatewayEvent): boolean {
  return routeKey.startsWith("POST ");
}

function resultOf({ status, headers, body }: HttpAnswer): ApiGatewayResult {
  return { statusCode: status, headers, body };
}
