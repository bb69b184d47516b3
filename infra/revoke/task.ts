import type { RevocationTarget } from "../../shared/core/revocation.ts";
import type { VendedSession } from "./effects.ts";

/** What an operator wants. */
export type Task =
  | { kind: "revoke"; target: RevocationTarget; note?: string; allSessions: boolean; session?: VendedSession }
  | { kind: "undo"; target: RevocationTarget; liftDeny: boolean; session?: VendedSession }
  | { kind: "flush"; storage?: string }
  | { kind: "tidy" }
  | { kind: "list" };
