import { createIssue } from "../../shared/aws/issue.ts";
import { createRateTable } from "../../shared/aws/rate-table.ts";
import type { Ask } from "../../shared/core/ask.ts";
import type { Config } from "../../shared/core/config.ts";
import type { Grant } from "../../shared/core/grant.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { type GrantTerms, grantTerms } from "../../shared/core/sts-rules.ts";
import type {
  Absorb,
  AskWarmer,
  AuditRecord,
  ClaimTable,
  CounterTable,
  DueTable,
  EntryTable,
  Issue,
  KeyTable,
  PauseTable,
  RevocationTable,
  UseTable,
} from "../../shared/vending/ports.ts";
import { type Caller, createVend } from "../../shared/vending/vend.ts";
import { createStsBudget } from "../../shared/vending/warm/sts-budget.ts";
import { type ClaimedEntry, createWarm } from "../../shared/vending/warm/warm.ts";
import { createAws } from "../aws/simulated-aws.ts";
import { alice, configOf, sourceIp } from "./samples.ts";
import { createFleet, createInstance, tableName } from "./simulated-fleet.ts";

/** A storage with the emulation's STS. */
type Placed = (stsEndpoint: string) => readonly Storage[];

/** All parts of a function, on emulated AWS. All of it ends with the test. */
export async function createService(
  storages: Placed,
  grants: readonly Grant[],
  options: Parameters<typeof createAws>[0] = {},
) {
  const { clock, table, seal, dynamodb, call, askWarmer } = await createFleet();
  const aws = await createAws({ ...options, clock });
  const issue = createIssue(aws.own);
  const rateTable = createRateTable(call, tableName);
  const records: AuditRecord[] = [];
  const config = configOf(storages(aws.stsServer.url), grants);
  const audit = { record: (record: AuditRecord) => void records.push(record) };

  /** A fresh instance, with the operator's changes if there are any. */
  function instance(
    change: {
      config?: Config;
      issue?: Issue;
      table?: EntryTable &
        UseTable &
        ClaimTable &
        DueTable &
        KeyTable &
        CounterTable &
        PauseTable &
        RevocationTable;
      askWarmer?: AskWarmer;
      absorb?: Absorb;
      grantTerms?: GrantTerms | undefined;
    } = {},
  ) {
    const ports = { config, table, seal, issue, askWarmer, audit, clock, grantTerms, ...change };
    const { obtain, revocations } = createInstance({ ...ports, misses: ports.config.misses });
    const vend = createVend({ ...ports, obtain, revocations });
    const budget = createStsBudget({ table: rateTable, ...config.warm, clock });
    const { renew } = createInstance({ ...ports, revocations, issue: budget.paced(ports.issue) });
    const warm = createWarm({ ...ports, renew, revocations, budget, absorb: () => {} });
    return {
      /** For a caller of STS. */
      vendSts: (ask: Ask, change: Partial<Caller> = {}) =>
        vend(
          { sts: {}, ...ask },
          {
            principal: alice,
            sourceIp,
            answerBy: clock.now() + 9_000,
            patienceMs: 5_000,
            callerSession: "some-session",
            requestId: "request-1",
            ...change,
          },
        ),
      vend: (ask: Ask, principal: Principal = alice, token = "the caller's token", remainingMs = 9_000) =>
        vend(ask, {
          principal,
          token,
          sourceIp,
          answerBy: clock.now() + remainingMs,
          requestId: "request-1",
        }),
      warm: (aheadMs = 3_600_000, untilMs = 60_000) =>
        warm({ horizon: clock.now() + aheadMs, until: clock.now() + untilMs, requestId: "warm-1" }),
      /** The warmer, invoked for one entry. */
      warmOne: (entry: ClaimedEntry) =>
        warm({ horizon: clock.now(), until: clock.now() + 60_000, requestId: "warm-1", entry }),
    };
  }

  return { aws, call, clock, config, dynamodb, table, seal, issue, records, instance };
}
