import { hostname, userInfo } from "node:os";
import { readRevokeEvent } from "../../functions/revoke-event.ts";
import { awsOfServer } from "../../functions/runtime.ts";
import { createChainCredentials } from "../../shared/aws/chain-credentials.ts";
import { createRevocationFileStore } from "../../shared/aws/revocation-file-store.ts";
import { createRevocationStore } from "../../shared/aws/revocation-store.ts";
import type { ServerSettings } from "../../shared/core/server-settings.ts";
import { createRevoke } from "../../shared/vending/revoke.ts";
import { revocationsPath } from "../server/revocations-path.ts";
import { type AskRecord, eventOf } from "./record.ts";

/** An operator waits for longer than a caller. */
const callTimeoutMs = 2_000;

/** The record of a server, and what is known of its operator where no AWS tells it. */
export interface ServerRecord {
  ask: AskRecord;
  /** The user of this machine. */
  by: string;
}

/**
 * The record of the server that runs by a configuration: the row of its table, which is found as the server finds it, or the file beside
 * the configuration.
 *
 * @throws Error that names the variable which is missing
 * @example const { ask } = serverRecord("vending.yml", settings); await ask({ revoke: { kind: "grant", name: "data-lake" } })
 */
export function serverRecord(config: string, { table }: Pick<ServerSettings, "table">): ServerRecord {
  const clock = { now: Date.now };
  const store =
    table === undefined
      ? createRevocationFileStore(revocationsPath(config))
      : createRevocationStore(awsOfServer(createChainCredentials({ clock })).dynamodb(callTimeoutMs), table);
  const revoke = createRevoke({ store, clock });
  return {
    // Within the same bounds as by the function.
    ask: async (change) => revoke(change && readRevokeEvent(eventOf(change))),
    by: `${userInfo().username}@${hostname()}`,
  };
}
