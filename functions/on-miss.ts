import type { JsonCall } from "../shared/aws/call.ts";
import { createClaimTable } from "../shared/aws/claim-table.ts";
import { createIssue } from "../shared/aws/issue.ts";
import type { OwnCredentials } from "../shared/aws/sign.ts";
import { createExplain } from "../shared/vending/explain.ts";
import { createIssueOnce } from "../shared/vending/issue-once.ts";
import type { Kept } from "../shared/vending/kept.ts";
import type { Clock, Seal } from "../shared/vending/ports.ts";

interface Means {
  dynamodb: JsonCall;
  tableName: string;
  region: string;
  credentials: OwnCredentials;
  kept: Kept;
  seal: Seal;
  clock: Clock;
}

/** All that only a miss needs, the AWS SDK with it: a chunk of its own, which the first miss loads. */
export function createOnMiss({ dynamodb, tableName, region, credentials, kept, seal, clock }: Means) {
  const issue = createIssue({ region, credentials, clock });
  const claims = createClaimTable(dynamodb, tableName);
  return { issue, ...createIssueOnce({ kept, claims, seal, issue, clock }) };
}

// In this chunk, and not in one of its own: each more takes names out of the hit path, which has to import them again.
export { createExplain };
