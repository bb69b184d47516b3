import type { ErrorCode, FieldFault } from "../../contract.ts";

/** The service's codes, and codes for what goes wrong on the client's side. The union is closed. */
export type VendingErrorCode =
  | ErrorCode
  | "aborted"
  | "invalid_answer"
  | "invalid_options"
  | "invalid_token"
  | "network"
  | "timeout";

/** Where a storage is, in the words of an S3 client's configuration. */
export interface S3Address {
  endpoint: string;
  region: string;
  forcePathStyle: boolean;
}

interface VendingErrorDetails {
  /** HTTP status of the service's answer. */
  status?: number | undefined;
  /** The service's operator finds the request by it. */
  requestId?: string | undefined;
  /** Each field of the request that is wrong. */
  fields?: FieldFault[] | undefined;
  /** After how many seconds the service wants to be asked again, at most 300. */
  retryAfterSeconds?: number | undefined;
  /** With `delegation_off`: the storage's address, for a client that has credentials of its own. */
  address?: S3Address | undefined;
  cause?: unknown;
}

/**
 * The only error of this package. `message` says what to do next. Nothing in it holds a token or a secret.
 *
 * @example
 * if (error instanceof VendingError && error.code === "delegation_off")
 *   return new S3Client({ ...error.address, credentials: myOwn });
 */
export class VendingError extends Error {
  override readonly name = "VendingError";
  declare readonly code: VendingErrorCode;
  declare readonly status?: number;
  declare readonly requestId?: string;
  declare readonly fields?: FieldFault[];
  declare readonly retryAfterSeconds?: number;
  declare readonly address?: S3Address;

  constructor(code: VendingErrorCode, message: string, details: VendingErrorDetails = {}) {
    super(message, details);
    Object.assign(this, details, { code });
  }
}
