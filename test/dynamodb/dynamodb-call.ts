import { createJsonCall, type JsonCall } from "../../shared/aws/call.ts";

/**
 * A call to the DynamoDB that listens there.
 *
 * @example await dynamodbCall(url)("GetItem", { TableName, Key })
 */
export function dynamodbCall(endpoint: string): JsonCall {
  return createJsonCall({
    service: "dynamodb",
    target: "DynamoDB_20120810",
    jsonVersion: "1.0",
    region: "us-east-1",
    endpoint,
    // DynamoDB Local takes letters and digits only.
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    timeoutMs: 10_000,
  });
}
