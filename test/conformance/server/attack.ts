/** What strangers do. */
export interface Attack {
  port: number;
  /** The request's target. */
  path: string;
  /** The first two parts of a good token: only the signature is wrong, which is the dearest refusal. */
  unsigned: string;
  perSecond: number;
  forMs: number;
  /** So many addresses they come from, as the proxy says; 0: nobody comes. */
  addresses: number;
}

/** How many requests had which status. `unsent`: all connections waited for answers. */
export type Answered = Record<string, number>;

/** The address of a stranger, by its number. */
export function addressOf(n: number): string {
  return `198.18.${Math.floor(n / 250)}.${n % 250}`;
}

/** Where the only stranger is. */
export const strangersAddress = addressOf(0);
