import type { Audit, AuditRecord } from "../shared/vending/ports.ts";
import { refusalPart } from "../shared/vending/trail.ts";

/**
 * Takes a step of a request, and records it in the audit trail if it fails. The use-cases record their own refusals; this
 * is for the steps outside them.
 *
 * @param facts what is known of the request before the step
 * @throws what the step throws
 * @example const identity = await recordRefusal(audit, { requestId }, () => authenticate(request, "token", now))
 */
export async function recordRefusal<Result>(
  audit: Audit,
  facts: Pick<AuditRecord, "requestId"> & Partial<AuditRecord>,
  step: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    audit.record({ decision: "refused", ...facts, ...refusalPart(error) });
    throw error;
  }
}
