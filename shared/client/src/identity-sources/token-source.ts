import { VendingError } from "../vending-error.ts";

/**
 * Gives the caller's identity token. It fits `token` of `VendingOptions`, and is called at each request. `url` is the
 * service's address: a token that belongs to one service goes to no other.
 */
export type TokenSource = (url?: string) => Promise<string>;

/** The error of a source that has no token to give; `message` says what to do. */
export const noToken = (message: string, cause?: unknown): VendingError =>
  new VendingError("invalid_token", message, { cause });
