import { VendError } from "../core/errors.ts";

/**
 * The refusal of an identity. All of them look the same to the caller, so that none helps to make a better forgery. The
 * reason is the `cause`, for the operator's log. It holds no part of a token's signature.
 *
 * @example throw unauthenticated("two Authorization values");
 */
export function unauthenticated(reason: string): VendError {
  return new VendError("unauthenticated", "The identity token is missing or not accepted.", {
    cause: reason,
  });
}
