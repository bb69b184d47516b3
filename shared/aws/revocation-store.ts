import type { RevocationStore } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { revocationRow } from "./revocation-table.ts";
import { createTableRead } from "./table-read.ts";
import { createTableWrite, number, text } from "./table-write.ts";

/**
 * The row of the revocations for the one function that writes it. Each write replaces what its writer has seen.
 *
 * @example await createRevocationStore(dynamodb, "keyvend-prod").replace(7, text)
 */
export function createRevocationStore(call: JsonCall, tableName: string): RevocationStore {
  const read = createTableRead(call, tableName);
  const write = createTableWrite(call, tableName);
  return {
    async read() {
      const item = await read(revocationRow);
      return item && { text: item["record"]?.S ?? "", version: Number(item["version"]?.N) };
    },

    replace: (version, record) =>
      write({
        key: revocationRow,
        condition: version === undefined ? "attribute_not_exists(#key)" : "#version = :seen",
        values: {
          ...(version !== undefined && { ":seen": number(version) }),
          ":next": number((version ?? 0) + 1),
          ":record": text(record),
        },
        update: "SET #version = :next, #record = :record",
      }),
  };
}
