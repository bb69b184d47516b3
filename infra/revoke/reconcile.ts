import type { IAMClient } from "@aws-sdk/client-iam";
import { type Denial, type Narrowing, policyOf, tidied } from "./denial.ts";
import { readDenyPolicy } from "./deny.ts";
import type { Identity } from "./identities.ts";

/** How the denials on one role or user change. */
export interface DenialChange {
  identity: Identity;
  /** From those that are there to those that are to be. */
  change: (denials: readonly Denial[]) => readonly Denial[];
}

interface Outcome {
  steps: string[];
  failures: string[];
}

/**
 * Brings the Deny of each role and user to what it is to be, and takes out what has nothing left to end. What cannot be changed is told,
 * and stops no other.
 *
 * @param getsNothing whose narrowings may be joined with others, if space is short
 * @example await reconcile([{ identity, change: (denials) => together(denials, [denial]) }], options)
 */
export async function reconcile(
  changes: readonly DenialChange[],
  {
    iam,
    policyName,
    getsNothing,
    isDryRun,
    now,
  }: {
    iam: IAMClient;
    policyName: string;
    getsNothing: (narrowing: Narrowing) => boolean;
    isDryRun: boolean;
    now: number;
  },
): Promise<Outcome> {
  const outcome: Outcome = { steps: [], failures: [] };
  for (const { identity, change } of changes) {
    const of = `the ${identity.kind} ${identity.name}`;
    try {
      const policy = await readDenyPolicy(iam, identity, policyName);
      const next = tidied(change(policy.denials), now);
      if (policyOf(next) === policyOf(policy.denials)) continue;
      const document = policy.fitted(next, getsNothing);
      const isChanged = isDryRun || (await policy.become(document));
      if (isChanged) outcome.steps.push(stepOf(document, policyName, of));
    } catch (error) {
      const { name, message } = error as Error;
      const text = name === "Error" || name === "ForeignPolicy" ? message : `${name}: ${message}`;
      outcome.failures.push(`${of}: ${text}`);
    }
  }
  return outcome;
}

function stepOf(document: string | undefined, policyName: string, of: string): string {
  if (document === undefined)
    return `${of}: the policy ${policyName} is deleted: all sessions that it ended have expired, or are let in again`;
  return `${of}: the policy ${policyName} is ${document}`;
}
