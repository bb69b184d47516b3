import { VendError } from "../core/errors.ts";

/** A request that came signed, or should have. */
export interface SignedRequest {
  method: string;
  /** As it was sent, still encoded, without the query. */
  path: string;
  /** As it was sent, still encoded, without `?`. */
  query: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
}

/** STS's own words for what is wrong with a signature. */
export type StsRefusalCode =
  | "MissingAuthenticationToken"
  | "IncompleteSignature"
  | "InvalidClientTokenId"
  | "SignatureDoesNotMatch";

/**
 * The refusal of a signed request, with the code that STS would give. The message is for the caller, and the reason for the
 * operator's record; without one, the message serves for both.
 *
 * @example throw new StsRefusal("IncompleteSignature", "The header Host must be signed.")
 */
export class StsRefusal extends VendError {
  readonly stsCode: StsRefusalCode;

  constructor(stsCode: StsRefusalCode, message: string, reason = message) {
    super("unauthenticated", message, { cause: `${stsCode}: ${reason}` });
    this.stsCode = stsCode;
  }
}
