import type {
  ClaimTable,
  CounterTable,
  DueTable,
  KeyTable,
  PauseTable,
  RateTable,
  UseTable,
} from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createClaimTable } from "./claim-table.ts";
import { createCounterTable } from "./counter-table.ts";
import { createDueTable } from "./due-table.ts";
import { createKeyTable } from "./key-table.ts";
import { createPauseTable } from "./pause-table.ts";
import { createRateTable } from "./rate-table.ts";
import { createUseTable } from "./use-table.ts";

/** The ports that issuing needs, at once or ahead of need. */
export interface IssuingTables {
  uses: UseTable;
  claims: ClaimTable;
  counters: CounterTable;
  dues: DueTable;
  pauses: PauseTable;
  rates: RateTable;
  keys: KeyTable;
}

/**
 * The issuing ports of keyvend's DynamoDB table, for `createTables`.
 *
 * @example const { claims } = createIssuingTables(dynamodb, "keyvend-prod")
 */
export function createIssuingTables(call: JsonCall, tableName: string): IssuingTables {
  return {
    uses: createUseTable(call, tableName),
    claims: createClaimTable(call, tableName),
    counters: createCounterTable(call, tableName),
    dues: createDueTable(call, tableName),
    pauses: createPauseTable(call, tableName),
    rates: createRateTable(call, tableName),
    keys: createKeyTable(call, tableName),
  };
}
