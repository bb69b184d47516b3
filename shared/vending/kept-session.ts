import type { Ask } from "../core/ask.ts";
import type { Principal } from "../core/principal.ts";
import type { Session } from "../core/session.ts";
import type { Seal } from "./ports.ts";

/**
 * For whom a session was issued, so that the warmer can authorize it again before it issues another.
 * It is sealed with the session, because claims are personal.
 */
export interface Warrant {
  principal: Principal;
  ask: Ask;
}

/** What is sealed in an entry. */
export interface KeptSession {
  session: Session;
  /** Absent where nothing can be issued without the caller. */
  warrant?: Warrant;
}

export function sealKept(seal: Seal, key: string, kept: KeptSession): Promise<string> {
  return seal.seal(key, JSON.stringify(kept));
}

/** `undefined` when it cannot be opened: a miss, never an error. */
export async function openKept(seal: Seal, key: string, sealed: string): Promise<KeptSession | undefined> {
  const plain = await seal.open(key, sealed);
  // The seal is authentic, so what is inside has the shape that we gave it.
  return plain === undefined ? undefined : (JSON.parse(plain) as KeptSession);
}
