import type { Session } from "../core/session.ts";
import type { CacheTier } from "./ports.ts";

/** A session, and how it was come by. */
export interface Obtained {
  session: Session;
  cache: CacheTier;
  /** Past its serving time: STS gave no better. */
  stale?: true;
  /** What went wrong on the way although there is an answer, for the audit record. */
  reason?: string;
}
