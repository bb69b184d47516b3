/**
 * The differences between the stand-ins for DynamoDB, in the features that keyvend uses or could use. The behaviour of AWS
 * is from its documentation. That of the stand-ins is tested here, so that no code relies on what only one of them does.
 *
 * One request cannot test some differences. In AWS an index, and any read that is not consistent, may be late; items whose
 * time to live is over stay for days; and a table may be throttled. None of the three stand-ins does this by itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDynamodb } from "../../../infra/local/dynamodb.ts";
import { startDynamodbLocal } from "../../dynamodb/dynamodb-local.ts";
import { startSimulatedDynamodb } from "../../dynamodb/server.ts";

const TableName = "keyvend-test";
const Key = { key: { S: "0a" } };
const signature =
  "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00";

interface StandInDifference {
  what: string;
  action: string;
  input: object;
  /** The value of the header `Authorization`. */
  authorization?: string;
  /** The outcome by AWS's documentation. */
  aws: string;
  simulation: string;
  dynalite: string;
  dynamodbLocal: string;
}

const differences: readonly StandInDifference[] = [
  {
    what: "a failed condition shows the item that it failed on",
    action: "DeleteItem",
    input: {
      Key,
      ConditionExpression: "attribute_not_exists(dueAt)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
    aws: "ConditionalCheckFailedException with Item",
    simulation: "ValidationException",
    dynalite: "ConditionalCheckFailedException",
    dynamodbLocal: "ConditionalCheckFailedException with Item",
  },
  {
    what: "several items in one transaction",
    action: "TransactWriteItems",
    input: { TransactItems: [{ Delete: { TableName, Key: { key: { S: "1b" } } } }] },
    aws: "done",
    simulation: "UnknownOperationException",
    dynalite: "UnknownOperationException",
    dynamodbLocal: "done",
  },
  {
    what: "a time to live is set up through the API",
    action: "UpdateTimeToLive",
    input: { TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true } },
    aws: "done",
    simulation: "UnknownOperationException",
    dynalite: "UnknownOperationException",
    dynamodbLocal: "done",
  },
  {
    what: "two attributes that are both missing are equal",
    action: "UpdateItem",
    input: { Key, ConditionExpression: "failedCode = claimedUntil" },
    aws: "ConditionalCheckFailedException",
    simulation: "ConditionalCheckFailedException",
    dynalite: "done",
    dynamodbLocal: "ConditionalCheckFailedException",
  },
  {
    what: "a key of an index is set to another type",
    action: "UpdateItem",
    input: {
      Key: { key: { S: "2c" } },
      UpdateExpression: "SET dueAt = :text",
      ExpressionAttributeValues: { ":text": { S: "soon" } },
    },
    aws: "ValidationException",
    simulation: "ValidationException",
    dynalite: "ValidationException",
    dynamodbLocal: "done",
  },
  {
    what: "a fault in the update counts before a condition that fails",
    action: "UpdateItem",
    input: {
      Key,
      UpdateExpression: "REMOVE #key",
      ConditionExpression: "attribute_exists(failedCode)",
      ExpressionAttributeNames: { "#key": "key" },
    },
    aws: "ValidationException",
    simulation: "ValidationException",
    dynalite: "ValidationException",
    dynamodbLocal: "ConditionalCheckFailedException",
  },
  {
    what: "an attribute stands in for itself",
    action: "UpdateItem",
    input: { Key, UpdateExpression: "SET claimedUntil = if_not_exists(dueAt, dueAt)" },
    aws: "ValidationException",
    simulation: "ValidationException",
    dynalite: "done",
    dynamodbLocal: "ValidationException",
  },
  {
    what: "a member of the input that DynamoDB does not have",
    action: "GetItem",
    input: { Key, ConsistentReads: true },
    aws: "done",
    simulation: "ValidationException",
    dynalite: "done",
    dynamodbLocal: "done",
  },
  {
    what: "a wrong signature",
    action: "GetItem",
    input: { Key },
    authorization: signature,
    aws: "InvalidSignatureException",
    simulation: "done",
    dynalite: "done",
    dynamodbLocal: "done",
  },
  {
    what: "an access key id that is not of letters and digits",
    action: "GetItem",
    input: { Key },
    authorization: signature.replace("local", "local-key"),
    aws: "UnrecognizedClientException",
    simulation: "done",
    dynalite: "done",
    dynamodbLocal: "UnrecognizedClientException",
  },
];

const starts = {
  simulation: () => startSimulatedDynamodb({ port: 0, tableName: TableName }),
  dynalite: () => startDynamodb(0, TableName),
  dynamodbLocal: () => startDynamodbLocal(TableName),
};

describe.each(Object.keys(starts) as (keyof typeof starts)[])("%s", (side) => {
  let server: { url: string; close(): Promise<void> };

  beforeAll(async () => {
    server = await starts[side]();
    const item = { ...Key, dueShard: { N: "1" }, dueAt: { N: "1" } };
    expect(await outcomeOf(server.url, "PutItem", { Item: item })).toBe("done");
  });
  afterAll(() => server?.close());

  test.each(differences)("$what", async ({ action, input, authorization, [side]: expected }) => {
    expect(await outcomeOf(server.url, action, input, authorization)).toBe(expected);
  });

  test("a full page says where it ends, even if no item comes after it", async () => {
    const input = {
      IndexName: "due",
      KeyConditionExpression: "dueShard = :shard",
      ExpressionAttributeValues: { ":shard": { N: "1" } },
      Limit: 1,
    };
    expect(await outcomeOf(server.url, "Query", input)).toBe("done with LastEvaluatedKey");
  });
});

/** The outcome of a request: an error's type or `done`, with the names of members that not every answer has. */
async function outcomeOf(
  url: string,
  action: string,
  input: object,
  authorization = signature,
): Promise<string> {
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${action}`,
    "x-amz-date": "20260101T000000Z",
    authorization,
  };
  const body = JSON.stringify({ TableName, ...input });
  const response = await fetch(url, { method: "POST", headers, body });
  const { __type = "#done", ...members } = (await response.json()) as { __type?: string };
  const outcome = __type.slice(__type.indexOf("#") + 1);
  const extras = ["LastEvaluatedKey", ...(response.ok ? [] : ["Item"])].filter((member) => member in members);
  return [outcome, ...extras.map((member) => `with ${member}`)].join(" ");
}
