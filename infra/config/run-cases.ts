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
 * Decides each case as vend would, and tells those that come out otherwise than expected.
 *
 * @returns beside the failures, the names of the grants by which something was allowed, or would be if it were enforced.
 * @example runCases(cases, config).failures.map(({ path, message }) => `${path} ${message}`)
 */
export function runCases(
  cases: readonly GrantCase[],
  config: Config,
  now = Date.now(),
): { failures: ConfigFault[]; tried: ReadonlySet<string> } {
  const tried = new Set<string>();
  const failures = cases.flatMap(({ name, index, circumstances, ask, expected }) => {
    const { outcome, grants } = decide(config, { now, ...circumstances }, ask);
    for (const grant of grants) tried.add(grant);
    if (meets(outcome, expected)) return [];
    const place: ConfigPlace = ["cases", index, "expect"];
    const message = `is not met by "${name}": ${told(outcome)}, where it should be ${told(expected)}`;
    return [{ path: pathOf(place), place, message }];
  });
  return { failures, tried };
}

function decide(
  config: Config,
  circumstances: Circumstances,
  ask: Ask,
): { outcome: CaseOutcome; grants: string[] } {
  const trials = wouldGrant(config, circumstances, ask);
  try {
    const { storage, grant, scope, durationSeconds } = authorize(config, circumstances, ask);
    // What no policy can say is refused as well.
    if (isVending(storage)) sessionPolicy(storage, scope);
    const targets = scope.prefixes.map((prefix) => formatTarget(scope.bucket, prefix));
    const outcome = { targets, permission: scope.permission, durationSeconds };
    return { outcome, grants: [grant, ...trials] };
  } catch (error) {
    if (!(error instanceof VendError)) throw error;
    return { outcome: { denied: error.code, wouldGrant: trials }, grants: trials };
  }
}

/** What a case leaves out may be anything: the duration of what is allowed; of a denial, who would have granted it. */
function meets(outcome: CaseOutcome, expected: CaseOutcome): boolean {
  if ("denied" in expected) {
    return (
      "denied" in outcome &&
      outcome.denied === expected.denied &&
      expected.wouldGrant.every((grant) => outcome.wouldGrant.includes(grant))
    );
  }
  return (
    !("denied" in outcome) &&
    outcome.permission === expected.permission &&
    outcome.targets.join("\n") === expected.targets.join("\n") &&
    (expected.durationSeconds === undefined || outcome.durationSeconds === expected.durationSeconds)
  );
}

function told(outcome: CaseOutcome): string {
  if ("denied" in outcome) {
    const grants =
      outcome.wouldGrant.length === 0 ? "" : `, which ${outcome.wouldGrant.join(", ")} would grant`;
    return `denied: ${outcome.denied}${grants}`;
  }
  const seconds = outcome.durationSeconds === undefined ? "" : ` for ${outcome.durationSeconds} s`;
  return `${outcome.permission} on ${outcome.targets.join(", ")}${seconds}`;
}
