import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import dynalite from "dynalite";
import type { JsonCall } from "../../shared/aws/call.ts";
import { dynamodbCall } from "./dynamodb-call.ts";
import { tableSchema } from "./table-schema.ts";

export interface LocalDynamodb {
  url: string;
  /** Everything in the table, for looking into it. */
  scan(): Promise<unknown[]>;
  close(): Promise<void>;
}

/**
 * DynamoDB in memory on loopback, with the table that the deployment makes: its schema is read from the same
 * `infra/table.yml`.
 *
 * @example const { url } = await startDynamodb(4_102, "keyvend-local")
 */
export async function startDynamodb(port: number, tableName: string): Promise<LocalDynamodb> {
  const server: Server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = dynamodbCall(url);
  await call("CreateTable", { ...tableSchema(), TableName: tableName });
  // As in AWS, a table is made in the background, and until then there is none.
  while ((await statusOf(call, tableName)) !== "ACTIVE") await sleep(1);
  return {
    url,
    scan: async () => (await call<{ Items: unknown[] }>("Scan", { TableName: tableName })).Items,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function statusOf(call: JsonCall, tableName: string): Promise<string> {
  const { Table } = await call<{ Table: { TableStatus: string } }>("DescribeTable", { TableName: tableName });
  return Table.TableStatus;
}
