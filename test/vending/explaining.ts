import type { Ask } from "../../shared/core/ask.ts";
import type { Principal } from "../../shared/core/principal.ts";
import { grantTerms } from "../../shared/core/sts-rules.ts";
import { createExplain } from "../../shared/vending/explain.ts";
import type { EntryTable } from "../../shared/vending/ports.ts";
import { createSessionCache } from "../../shared/vending/session-cache.ts";
import { createStorageKeys } from "../../shared/vending/storage-keys.ts";
import { alice, sourceIp } from "./samples.ts";
import { revocationsOf } from "./simulated-fleet.ts";
import { createService } from "./vending-service.ts";

/** A service that can also explain its decisions. */
export async function createExplainedService(...args: Parameters<typeof createService>) {
  const service = await createService(...args);
  const audit = { record: (record: (typeof service.records)[number]) => void service.records.push(record) };
  return {
    ...service,
    explain(
      ask: Ask,
      principal: Principal = alice,
      change: { config?: typeof service.config; table?: EntryTable; token?: string } = {},
    ) {
      const { table, seal, clock, config, token = "the caller's token" } = { ...service, ...change };
      const revocations = revocationsOf({ table: service.table, clock });
      const sessions = createSessionCache({
        table,
        seal,
        storageKeys: createStorageKeys({ table, seal, clock }),
        revocations,
        clock,
      });
      return createExplain({ config, sessions, revocations, audit, clock, grantTerms })(ask, {
        principal,
        token,
        sourceIp,
        answerBy: clock.now() + 9_000,
        requestId: "request-1",
      });
    },
  };
}
