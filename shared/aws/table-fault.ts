import { TableUnreachable } from "../vending/ports.ts";
import { CallFailed } from "./call-failed.ts";

/** The table's ports know one fault, whatever a call failed with. */
export function unreachable(error: unknown): unknown {
  return error instanceof CallFailed ? new TableUnreachable(error.message) : error;
}
