import { VendError } from "../core/errors.ts";

/**
 * The refusal of an identity. Every one looks the same to the caller, so that none helps in making a better forgery;
 * the reason is the `cause`, for the operator's log. Reasons hold no part of a token's signature.
 *
 * @example throw unauthenticated("two Authorization values");
 */
export function unauthenticated(reason: string): VendError {
  return new VendError("unauthenticated", "The identity token is missing or not accepted.", {
    cause: reason,
  });
}
