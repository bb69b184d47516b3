import type { Ask } from "../../shared/core/ask.ts";
import { authorize, wouldGrant } from "../../shared/core/authorize.ts";
import type { Circumstances } from "../../shared/core/circumstances.ts";
import type { Config } from "../../shared/core/config.ts";
import { VendError } from "../../shared/core/errors.ts";
import { sessionPolicy } from "../../shared/core/session-policy.ts";
import { formatTarget } from "../../shared/core/target.ts";
import { isVending } from "../../shared/core/ways.ts";
import { type ConfigFault, type ConfigPlace, pathOf } from "./faults.ts";
import type { CaseOutcome, GrantCase } from "./grant-cases.ts";

/**
 * Decides each case as vend would, and compares the outcome with the expectation.
 *
 * @returns the cases that failed, and the names of the grants that allowed something, or would do so if they were enforced.
 * @example runCases(cases, config).failures.map(({ path, message }) => `${path} ${message}`)
 */
export function runCases(
  cases: readonly GrantCase[],
  config: Config,
  now = Date.now(),
): { failures: ConfigFault[]; usedGrants: ReadonlySet<string> } {
  const usedGrants = new Set<string>();
  const failures = cases.flatMap(({ name, index, circumstances, ask, expectation }) => {
    const { outcome, grants } = decide(config, { now, ...circumstances }, ask);
    for (const grant of grants) usedGrants.add(grant);
    if (meets(outcome, expectation)) return [];
    const place: ConfigPlace = ["cases", index, "expect"];
    const message = `is not met by "${name}": the outcome is ${textOf(outcome)}; it should be ${textOf(expectation)}`;
    return [{ path: pathOf(place), place, message }];
  });
  return { failures, usedGrants };
}

/**
 * The outcome of one case in words, whatever it expects.
 *
 * @example outcomeOf(grantCase, config) // "READ on s3://lake/raw/ for 3600 s"
 */
export function outcomeOf({ circumstances, ask }: GrantCase, config: Config, now = Date.now()): string {
  return textOf(decide(config, { now, ...circumstances }, ask).outcome);
}

function decide(
  config: Config,
  circumstances: Circumstances,
  ask: Ask,
): { outcome: CaseOutcome; grants: string[] } {
  const trials = wouldGrant(config, circumstances, ask);
  try {
    const { storage, grant, scope, durationSeconds } = authorize(config, circumstances, ask);
    // A scope that no policy can express is refused as well.
    if (isVending(storage)) sessionPolicy(storage, scope);
    const targets = scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix));
    const outcome = { targets, permission: scope.permission, durationSeconds };
    return { outcome, grants: [grant, ...trials] };
  } catch (error) {
    if (!(error instanceof VendError)) throw error;
    return { outcome: { denied: error.code, wouldGrant: trials }, grants: trials };
  }
}

/**
 * An expectation may leave out the duration, or the grants that would grant a denied ask. Then any of them meets it.
 */
function meets(outcome: CaseOutcome, expectation: CaseOutcome): boolean {
  if ("denied" in expectation) {
    return (
      "denied" in outcome &&
      outcome.denied === expectation.denied &&
      expectation.wouldGrant.every((grant) => outcome.wouldGrant.includes(grant))
    );
  }
  return (
    !("denied" in outcome) &&
    outcome.permission === expectation.permission &&
    outcome.targets.join("\n") === expectation.targets.join("\n") &&
    (expectation.durationSeconds === undefined || outcome.durationSeconds === expectation.durationSeconds)
  );
}

function textOf(outcome: CaseOutcome): string {
  if ("denied" in outcome) {
    const grants =
      outcome.wouldGrant.length === 0 ? "" : `, which ${outcome.wouldGrant.join(", ")} would grant`;
    return `denied: ${outcome.denied}${grants}`;
  }
  const seconds = outcome.durationSeconds === undefined ? "" : ` for ${outcome.durationSeconds} s`;
  return `${outcome.permission} on ${outcome.targets.join(", ")}${seconds}`;
}
