import type { Session } from "../core/session.ts";
import type { CacheTier } from "./ports.ts";

/** A session, and how it was come by. */
export interface Obtained {
  session: Session;
  cache: CacheTier;
  /** How long it waited for another caller's issue. */
  waitedMs?: number;
  /** It overtook a caller whose issue did not come. */
  tookOver?: true;
  /** Past its serving time: STS gave no better. */
  stale?: true;
  /** What went wrong on the way although there is an answer, for the audit record. */
  reason?: string;
}
