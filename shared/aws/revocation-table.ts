import type { RevocationTable } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createTableRead } from "./table-read.ts";

/** It is no entry's key: those consist of 64 hexadecimal digits. The role of the function that writes it may use no other. */
export const revocationRow = "revocations";

/**
 * What operators have revoked: one row of keyvend's table.
 *
 * @example await createRevocationTable(dynamodb, "keyvend-prod").revocations() // '{"revoked":[],"flushed":[]}'
 */
export function createRevocationTable(call: JsonCall, tableName: string): RevocationTable {
  const read = createTableRead(call, tableName);
  return {
    async revocations() {
      const item = await read(revocationRow);
      // A row that is not ours must not look like none.
      return item && (item["record"]?.S ?? "");
    },
  };
}
