import { issueRefusal } from "../core/issue-refusal.ts";
import type { Clock, Issue } from "./ports.ts";
import type { Revocations } from "./revocations.ts";

/**
 * Issues nothing that would be dead at once: what is issued in the ten seconds after a flush is ended at the store together with
 * what was flushed. The caller is told to come back when these are over.
 *
 * @returns a function that makes of an `Issue` one that looks first. It throws (the promise) VendError `unavailable`, also where the
 *   revocations could not be read yet, and `revoked` where nobody has looked before.
 * @example const issue = createFlushGuard({ revocations, clock })(pausing(counted(issue)))
 */
export function createFlushGuard({
  revocations,
  clock,
}: {
  revocations: Pick<Revocations, "current">;
  clock: Pick<Clock, "now">;
}): (issue: Issue) => Issue {
  return (issue) =>
    async function issueAfterFlush(request, ...more) {
      const judge = await revocations.current();
      judge?.admit(request);
      const leftMs = (judge?.earliestIssue(request) ?? 0) - clock.now();
      if (leftMs > 0) {
        throw issueRefusal("unavailable", request.storage.name, {
          cause: "a session that is issued now would be ended with those that were flushed",
          retryAfterSeconds: leftMs / 1_000,
        });
      }
      return issue(request, ...more);
    };
}
