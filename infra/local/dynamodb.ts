import { setTimeout as sleep } from "node:timers/promises";
import dynalite from "dynalite";
import type { JsonCall } from "../../shared/aws/call.ts";
import { dynamodbCall } from "./dynamodb-call.ts";
import { closeServer, listenOnLoopback } from "./loopback-server.ts";
import { tableSchema } from "./table-schema.ts";

export interface LocalDynamodb {
  url: string;
  /** All items of the table, for tests that look into it. */
  scan(): Promise<unknown[]>;
  close(): Promise<void>;
}

/**
 * Starts DynamoDB in memory on loopback, with the table of a deployment: the schema comes from the same
 * `infra/table.yml`.
 *
 * @example const { url } = await startDynamodb(4_102, "keyvend-local")
 */
export async function startDynamodb(port: number, tableName: string): Promise<LocalDynamodb> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const url = `http://127.0.0.1:${await listenOnLoopback(server, port)}`;
  const call = dynamodbCall(url);
  await call("CreateTable", { ...tableSchema(), TableName: tableName });
  // As in AWS, the table is made in the background and does not exist until then.
  while ((await statusOf(call, tableName)) !== "ACTIVE") await sleep(1);
  return {
    url,
    scan: async () => (await call<{ Items: unknown[] }>("Scan", { TableName: tableName })).Items,
    close: () => closeServer(server),
  };
}

async function statusOf(call: JsonCall, tableName: string): Promise<string> {
  const { Table } = await call<{ Table: { TableStatus: string } }>("DescribeTable", { TableName: tableName });
  return Table.TableStatus;
}
