import { boundedMap } from "../core/bounded-map.ts";
import type { Jwks } from "./jwks.ts";
import type { UnverifiedToken } from "./unverified-token.ts";

/** How long a signature is not verified again. */
const memoryMs = 300_000;
/** How many tokens one instance remembers. */
const mostRemembered = 1_000;

/** The content of a token that was accepted, and the key set that holds the key by which it is signed. */
interface AcceptedToken extends UnverifiedToken {
  keys: Jwks;
}

export type AcceptedTokens = ReturnType<typeof createAcceptedTokens>;

/**
 * The tokens that this instance has accepted lately, so that it reads and verifies each once in five minutes. It says what a
 * token holds and by which key set it was verified, and no more: its caller checks the rest each time. Refusals are not remembered.
 *
 * Tokens are known by their SHA-256, so that the memory holds none that could be used.
 *
 * @example
 * const accepted = createAcceptedTokens();
 * accepted.remember(tokenDigest(token), { header, payload, keys }, now);
 * accepted.find(tokenDigest(token), now)?.payload
 */
export function createAcceptedTokens() {
  const memory = boundedMap<string, AcceptedToken & { from: number; until: number }>(mostRemembered);
  return {
    /** `now` is in epoch milliseconds. */
    find(hash: string, now: number): AcceptedToken | undefined {
      const known = memory.get(hash);
      // A clock that was set back must not make five minutes longer.
      return known && known.from <= now && now < known.until ? known : undefined;
    },

    /** Until the token's end, for five minutes at most. Its times were checked. */
    remember(hash: string, token: AcceptedToken, now: number): void {
      const end = Number(token.payload["exp"]) * 1_000;
      memory.set(hash, { ...token, from: now, until: Math.min(end, now + memoryMs) });
    },
  };
}
