import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { startDynamodb } from "../../infra/local/dynamodb.ts";
import { CallFailed } from "../../shared/aws/call-failed.ts";
import { startDynamodbLocal } from "../dynamodb/dynamodb-local.ts";
import { createSimulatedDynamodb } from "../dynamodb/simulated-dynamodb.ts";

export const tableKinds = ["simulated", "dynalite", "dynamodb-local"] as const;
export type TableKind = (typeof tableKinds)[number];

export interface RawAnswer {
  status: number;
  body: string;
}

/** DynamoDB's protocol without the transport. */
type RawTable = (target: string, body: string) => Promise<RawAnswer>;

export interface OpenTable {
  answer: RawTable;
  /** Its own address, if it listens by itself. */
  url?: string;
}

/** Makes the deployment's table, empty. It ends with this process. */
export async function openTable(kind: TableKind, tableName: string): Promise<OpenTable> {
  switch (kind) {
    case "simulated":
      return { answer: simulated(tableName) };
    case "dynalite":
      return behind((await startDynamodb(0, tableName)).url);
    case "dynamodb-local":
      return behind((await startDynamodbLocal(tableName)).url);
  }
}

function simulated(tableName: string): RawTable {
  const { call } = createSimulatedDynamodb(tableName);
  return async (target, body) => {
    try {
      const output = await call(target.slice(target.lastIndexOf(".") + 1), JSON.parse(body));
      return { status: 200, body: JSON.stringify(output) };
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      return { status: error.status ?? 500, body: JSON.stringify({ __type: error.type }) };
    }
  };
}

function behind(url: string): OpenTable {
  const agent = new Agent({ keepAlive: true });
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    // Both take any signature, but want one.
    authorization:
      "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    "x-amz-date": "20260101T000000Z",
  };
  const answer: RawTable = (target, body) =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, {
        agent,
        method: "POST",
        headers: { ...headers, "x-amz-target": target },
      });
      outgoing.on("error", reject);
      outgoing.on("response", async (response) => {
        try {
          resolve({ status: response.statusCode ?? 500, body: await text(response) });
        } catch (error) {
          reject(error);
        }
      });
      outgoing.end(body);
    });
  return { answer, url };
}
