import type { ApiGatewayEvent } from "../../../functions/vend.ts";

/** What a test puts into AWS's example. */
interface Given {
  routeKey: string;
  rawPath: string;
  requestId: string;
  rawQueryString?: string;
  headers?: Record<string, string>;
  pathParameters?: Record<string, string>;
  body?: string;
  /** The members of `requestContext.authorizer.iam`, on a route that API Gateway authorizes by IAM. */
  iam?: object;
}

/**
 * The example of payload format 2.0 in Amazon's documentation of HTTP APIs, with all of its members, for one request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function documentedHttpEvent({
  routeKey,
  rawPath,
  requestId,
  iam,
  body,
  ...given
}: Given): ApiGatewayEvent {
  const [method = ""] = routeKey.split(" ");
  const event = {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString: given.rawQueryString ?? "",
    cookies: ["cookie1", "cookie2"],
    headers: { header1: "value1", header2: "value1,value2", ...given.headers },
    ...(given.rawQueryString && {
      queryStringParameters: Object.fromEntries(new URLSearchParams(given.rawQueryString)),
    }),
    requestContext: {
      accountId: "123456789012",
      apiId: "api-id",
      authentication: null,
      authorizer: iam ? { iam } : undefined,
      domainName: "id.execute-api.us-east-1.amazonaws.com",
      domainPrefix: "id",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent" },
      requestId,
      routeKey,
      stage: "$default",
      time: "12/Mar/2020:19:03:58 +0000",
      timeEpoch: 1_583_348_638_390,
    },
    // API Gateway encodes a form, since its type is none of text.
    ...(body !== undefined && { body: Buffer.from(body).toString("base64") }),
    ...(given.pathParameters && { pathParameters: given.pathParameters }),
    isBase64Encoded: body !== undefined,
    stageVariables: { stageVariable1: "value1", stageVariable2: "value2" },
  };
  return event as unknown as ApiGatewayEvent;
}

/** The members of an IAM identity, as the same page has them. */
export const documentedIamIdentity = {
  accessKey: "ASIAIOSFODNN7EXAMPLE",
  accountId: "111122223333",
  callerId: "AROAJ45Q7YFFAREXAMPLE:session",
  cognitoIdentity: null,
  principalOrgId: "aws:PrincipalOrgID",
  userArn: "arn:aws:sts::111122223333:assumed-role/example/session",
  userId: "AROAJ45Q7YFFAREXAMPLE:session",
};

/**
 * The example of a scheduled event in Amazon's documentation of EventBridge.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-scheduled-events.html
 */
export const documentedScheduledEvent = {
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2015-10-08T16:53:06Z",
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule"],
  detail: {},
};
