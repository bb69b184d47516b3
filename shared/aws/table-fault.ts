import { TableUnreachable } from "../vending/ports.ts";
import { CallFailed } from "./call-failed.ts";

/** Turns the failure of a call into the one fault that the table's ports know. Any other error stays as it is. */
export function unreachable(error: unknown): unknown {
  return error instanceof CallFailed ? new TableUnreachable(error.message) : error;
}
