import type { JwksStore } from "../identity/jwks.ts";
import type { EntryTable, RevocationTable, Seal } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";
import { createEntryTable } from "./entry-table.ts";
import type { IssuingTables } from "./issuing-tables.ts";
import { createJointReads, type JointReads } from "./joint-reads.ts";
import { createJwksStore } from "./jwks-store.ts";
import { createRevocationTable } from "./revocation-table.ts";

/** All that the service stores outside its memory. A backend other than DynamoDB is another maker of these ports. */
export interface Tables {
  entries: EntryTable;
  jwks: JwksStore;
  revocations: RevocationTable;
  /** Makes one read of all that a task asks for before it first waits, where that is less work. */
  readTogether: JointReads["together"];
  /** Loads the ports that issuing needs. An answer from the cache does not load their code. */
  loadIssuing(): Promise<IssuingTables>;
}

/**
 * All ports of keyvend's DynamoDB table.
 *
 * @param seal for the issuers' keys, which this store seals by itself; entries come sealed
 * @example const { entries } = createTables(dynamodb, "keyvend-prod", seal)
 */
export function createTables(dynamodb: JsonCall, tableName: string, seal: Seal): Tables {
  const { call, together } = createJointReads(dynamodb, tableName);
  return {
    readTogether: together,
    entries: createEntryTable(call, tableName),
    jwks: createJwksStore(call, tableName, seal),
    revocations: createRevocationTable(call, tableName),
    async loadIssuing() {
      const { createIssuingTables } = await import("./issuing-tables.ts");
      return createIssuingTables(dynamodb, tableName);
    },
  };
}
