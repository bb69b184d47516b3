import type { ErrorCode, FieldFault, StorageAddress } from "../contract.ts";

interface VendErrorDetails {
  /** Every field of the request that is wrong. */
  fields?: FieldFault[];
  /** When to come back, in seconds. */
  retryAfterSeconds?: number;
  /** The address of a storage that does not vend. */
  address?: StorageAddress;
  /** What the caller's own policy asked for in vain. */
  removed?: readonly string[];
  /** What happened, for the operator's log. Never shown to a caller. */
  cause?: unknown;
}

/**
 * The one error of the service. `message` is written for the caller and may be shown; `cause` is for the operator's
 * log and may not. Whatever else is thrown reaches the caller as `internal`.
 *
 * @example throw new VendError("no_grant", "No grant covers this request.")
 */
export class VendError extends Error {
  override readonly name = "VendError";
  readonly code: ErrorCode;
  readonly fields: FieldFault[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly address: StorageAddress | undefined;
  readonly removed: readonly string[] | undefined;

  constructor(code: ErrorCode, message: string, details: VendErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.fields = details.fields;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.address = details.address;
    this.removed = details.removed;
  }
}
