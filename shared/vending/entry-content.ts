import type { Ask } from "../core/ask.ts";
import type { Principal } from "../core/principal.ts";
import type { Session } from "../core/session.ts";
import type { Entry, Seal } from "./ports.ts";

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

/** The claimed generation to which a sealed text is bound. */
interface Place {
  key: string;
  generation: number;
}

export function sealContent(seal: Seal, { key, generation }: Place, content: EntryContent): Promise<string> {
  return seal.seal(`${key} ${generation}`, JSON.stringify(content));
}

/** `undefined` if there is none, or if it cannot be opened: that is a miss, never an error. */
export function openContent(seal: Seal, { key, sealed, issued }: Entry): Promise<EntryContent | undefined> {
  return open(seal, `${key} ${issued}`, sealed);
}

/** Seals what the warmer needs to issue for a claim that is handed over to it. */
export function sealWarrant(seal: Seal, { key, generation }: Place, warrant: Warrant): Promise<string> {
  return seal.seal(`${key} ${generation} handed over`, JSON.stringify(warrant));
}

/** `undefined` if the entry's claim was not handed over, or its warrant cannot be opened. */
export function openWarrant(
  seal: Seal,
  { key, generation, handedOver }: Entry,
): Promise<Warrant | undefined> {
  return open(seal, `${key} ${generation} handed over`, handedOver);
}

async function open<Content>(
  seal: Seal,
  place: string,
  sealed: string | undefined,
): Promise<Content | undefined> {
  const plain = sealed === undefined ? undefined : await seal.open(place, sealed);
  // The seal is authentic, so what is inside has the shape that we gave it.
  return plain === undefined ? undefined : (JSON.parse(plain) as Content);
}
