import { createAbsorb } from "../shared/aws/absorbed-faults.ts";
import { createAskWarmer } from "../shared/aws/invoke.ts";
import type { IssuingTables } from "../shared/aws/issuing-tables.ts";
import type { Meter } from "../shared/aws/meter.ts";
import { meterMisses } from "../shared/aws/meter-misses.ts";
import type { OwnCredentialsProvider } from "../shared/aws/own-credentials.ts";
import { createExplain } from "../shared/vending/explain.ts";
import { createHandOver } from "../shared/vending/hand-over.ts";
import { createIssueOnce } from "../shared/vending/issue-once.ts";
import { createKeepWarm } from "../shared/vending/keep-warm.ts";
import type { OnMiss } from "../shared/vending/obtain.ts";
import { createObtainAnew } from "../shared/vending/obtain-anew.ts";
import type { Clock, Issue, Seal } from "../shared/vending/ports.ts";
import type { SessionCache } from "../shared/vending/session-cache.ts";

interface OnMissParts {
  tables: Pick<IssuingTables, "uses" | "claims">;
  region: string;
  credentials: OwnCredentialsProvider;
  /** Lambda's API, and the time limit of a call to it. */
  lambda: { endpoint: string; timeoutMs: number };
  warmFunction: string;
  sessions: SessionCache;
  seal: Seal;
  issue: Issue;
  meter: Meter;
  clock: Clock;
}

/**
 * Everything that an answer from the cache does without, in a chunk of its own. The AWS SDK is in a further chunk, loaded
 * only by an instance that asks STS: a thousand instances that wait for one of them do not load it.
 */
export function createOnMiss(parts: OnMissParts): OnMiss {
  const { region, credentials, lambda, warmFunction, sessions, seal, issue, meter, clock } = parts;
  const { uses, claims } = parts.tables;
  const askWarmer = createAskWarmer({ region, credentials, ...lambda, functionName: warmFunction });
  const absorb = createAbsorb(meter, clock);
  const handOver = createHandOver({ claims, seal, askWarmer, absorb, clock });
  const { issueOnce } = createIssueOnce({ sessions, claims, seal, issue, handOver, absorb, clock });
  return {
    obtainAnew: meterMisses(createObtainAnew({ sessions, issueOnce, issue, seal, absorb, clock }), meter),
    keepWarm: createKeepWarm({
      table: { markUsed: uses.markUsed, claim: claims.claim, release: claims.release },
      askWarmer,
      absorb,
      clock,
    }),
  };
}

// Part of this chunk. A chunk of its own would make the hit path larger: esbuild moves names that both use into files that
// the hit path then imports.
export { createExplain };
