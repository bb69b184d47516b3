import { VendError } from "../core/errors.ts";

const message = "The identity token is missing or not accepted.";

/**
 * The refusal of an identity. All of them look the same to the caller, so that none helps to make a better forgery. The
 * reason is the `cause`, for the operator's log. It holds no part of a token's signature.
 *
 * @example throw unauthenticated("two Authorization values");
 */
export function unauthenticated(reason: string): VendError {
  return new VendError("unauthenticated", message, { cause: reason });
}

/** The refusal of a token that is out of date, for a door that has to tell: clients of STS know a code for it. */
export class TokenExpired extends VendError {
  constructor(reason: string) {
    super("unauthenticated", message, { cause: reason });
  }
}
