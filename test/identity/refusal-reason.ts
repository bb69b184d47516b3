import { VendError } from "../../shared/core/errors.ts";

/** The operator's reason for a refusal. It also checks that the caller's message is the one that all refusals have. */
export function refusalReason(identify: () => unknown): unknown {
  try {
    identify();
  } catch (error) {
    if (!(error instanceof VendError)) throw error;
    if (
      error.code === "unauthenticated" &&
      error.message === "The identity token is missing or not accepted."
    )
      return error.cause;
    throw error;
  }
  throw new Error("It was not refused.");
}
