import { createJsonCall, type JsonCall } from "../../shared/aws/call.ts";

/** Long enough for a busy machine, so that only a call that hangs is ended. */
const timeoutMs = 600_000;

/**
 * Makes the function that calls the DynamoDB at an endpoint.
 *
 * @example await dynamodbCall("http://127.0.0.1:4102")("GetItem", { TableName, Key })
 */
export function dynamodbCall(endpoint: string): JsonCall {
  return createJsonCall({
    service: "dynamodb",
    target: "DynamoDB_20120810",
    jsonVersion: "1.0",
    region: "us-east-1",
    endpoint,
    // Amazon's DynamoDB Local accepts only letters and digits here. No local DynamoDB looks at the signature.
    credentials: async () => ({ accessKeyId: "local", secretAccessKey: "local" }),
    timeoutMs,
  });
}
