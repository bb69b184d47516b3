import type { Session } from "../core/session.ts";
import type { CacheTier } from "./ports.ts";

/** A session, and where it came from. */
export interface SessionResult {
  session: Session;
  cache: CacheTier;
  /** How long the request waited for another caller's issue. */
  waitedMs?: number;
  /** The request took over from a caller whose issue did not come. */
  tookOver?: true;
  /** The session was issued for this request, and no other can have it: it is not kept, or too short to be handed out. */
  notKept?: true;
  /** The session is past its serving time, because STS gave no better one. */
  stale?: true;
  /** What went wrong on the way although there is an answer, for the audit record. */
  reason?: string;
}
