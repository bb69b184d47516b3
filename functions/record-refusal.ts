import type { AuditRecord } from "../shared/vending/ports.ts";
import { refusalPart } from "../shared/vending/trail.ts";

/**
 * Takes a step of a request, and records it in the audit trail if it fails. The use-cases record their own refusals; this
 * is for the steps outside them.
 *
 * @param record writes the record, or samples it
 * @param facts what is known of the request before the step
 * @throws what the step throws
 * @example const identity = await recordRefusal(audit.record, { requestId, sourceIp }, () => authenticate(request, "token", now))
 */
export async function recordRefusal<Result>(
  record: (record: AuditRecord) => void | Promise<void>,
  facts: Pick<AuditRecord, "requestId"> & Partial<AuditRecord>,
  step: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    await record({ decision: "refused", ...facts, ...refusalPart(error) });
    throw error;
  }
}
