import { createJsonCall, type JsonCall } from "../../shared/aws/call.ts";

/** Ends a call that hangs, and none that a busy machine lets wait. */
const timeoutMs = 600_000;

/**
 * A call to the DynamoDB that listens there.
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
    // Amazon's DynamoDB Local takes letters and digits only; none of them looks at the signature.
    credentials: async () => ({ accessKeyId: "local", secretAccessKey: "local" }),
    timeoutMs,
  });
}
