import type { Ask } from "../core/ask.ts";
import type { Principal } from "../core/principal.ts";
import type { Session } from "../core/session.ts";
import type { Seal } from "./ports.ts";

/**
 * For whom a session was issued, so that the warmer can authorize the request again before it issues another session. It
 * is sealed with the session, because claims are personal.
 */
export interface Warrant {
  principal: Principal;
  ask: Ask;
  /** The grant that allowed it. Others may depend on what only a caller brings, such as its address. */
  grant: string;
}

/** What is sealed in an entry. */
export interface EntryContent {
  session: Session;
  /** Absent where nothing can be issued without the caller. */
  warrant?: Warrant;
}

export function sealContent(seal: Seal, key: string, content: EntryContent): Promise<string> {
  return seal.seal(key, JSON.stringify(content));
}

/** `undefined` if it cannot be opened: that is a miss, never an error. */
export async function openContent(
  seal: Seal,
  key: string,
  sealed: string,
): Promise<EntryContent | undefined> {
  const plain = await seal.open(key, sealed);
  // The seal is authentic, so what is inside has the shape that we gave it.
  return plain === undefined ? undefined : (JSON.parse(plain) as EntryContent);
}
