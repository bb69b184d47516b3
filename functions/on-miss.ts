import type { JsonCall } from "../shared/aws/call.ts";
import { createClaimTable } from "../shared/aws/claim-table.ts";
import { createAskWarmer } from "../shared/aws/invoke.ts";
import type { Meter } from "../shared/aws/meter.ts";
import { meterMisses } from "../shared/aws/meter-misses.ts";
import type { OwnCredentialsProvider } from "../shared/aws/own-credentials.ts";
import { createUseTable } from "../shared/aws/use-table.ts";
import { createExplain } from "../shared/vending/explain.ts";
import { createIssueOnce } from "../shared/vending/issue-once.ts";
import { createKeepWarm } from "../shared/vending/keep-warm.ts";
import type { Kept } from "../shared/vending/kept.ts";
import type { OnMiss } from "../shared/vending/obtain.ts";
import { createObtainAnew } from "../shared/vending/obtain-anew.ts";
import type { Clock, Issue, Seal } from "../shared/vending/ports.ts";

interface Means {
  dynamodb: JsonCall;
  tableName: string;
  region: string;
  credentials: OwnCredentialsProvider;
  /** Lambda's API, and how long a call to it may last. */
  lambda: { endpoint: string; timeoutMs: number };
  warmFunction: string;
  kept: Kept;
  seal: Seal;
  issue: Issue;
  meter: Meter;
  clock: Clock;
}

/**
 * What an answer from the cache does without: a chunk of its own. The AWS SDK is in a further one, which only those load
 * who ask STS: a thousand who wait for one of them do not.
 */
export function createOnMiss(means: Means): OnMiss {
  const { dynamodb, tableName, lambda, warmFunction, kept, seal, issue, meter, clock } = means;
  const claims = createClaimTable(dynamodb, tableName);
  const askWarmer = createAskWarmer({ ...means, ...lambda, functionName: warmFunction });
  const { issueOnce } = createIssueOnce({ kept, claims, seal, issue, clock });
  return {
    obtainAnew: meterMisses(createObtainAnew({ kept, issueOnce, issue, clock }), meter),
    keepWarm: createKeepWarm({
      table: { ...claims, ...createUseTable(dynamodb, tableName) },
      askWarmer,
      clock,
    }),
  };
}

// In this chunk, and not in one of its own: each more takes names out of the hit path, which has to import them again.
export { createExplain };
