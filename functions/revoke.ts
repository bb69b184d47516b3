import type { Context } from "aws-lambda";
import { createRevocationStore } from "../shared/aws/revocation-store.ts";
import type { RevocationRecord } from "../shared/core/revocation.ts";
import { createRevoke } from "../shared/vending/revoke.ts";
import { readRevokeEvent } from "./revoke-event.ts";
import { createTableRuntime } from "./runtime.ts";

/** Longer than vend's: an operator waits. */
const callTimeoutMs = 2_000;

const { dynamodb, tableName, clock, meter } = createTableRuntime(callTimeoutMs);
const revoke = createRevoke({ store: createRevocationStore(dynamodb, tableName), clock });

/**
 * Writes what operators revoke and flush, and answers with all of it. Only those that may invoke this function get here; it can
 * write this one row, and change nothing in IAM.
 */
export async function handler(
  event: unknown,
  { awsRequestId: requestId }: Context,
): Promise<RevocationRecord> {
  const change = readRevokeEvent(event);
  const record = await revoke(change);
  if (change)
    meter({}, {}, { revocation: { time: new Date(clock.now()).toISOString(), requestId, ...change } });
  return record;
}
