import type { Principal } from "./principal.ts";

/** What a decision may depend on, beside the configuration and what is asked for. */
export interface Circumstances {
  principal: Principal;
  /** Epoch milliseconds. */
  now: number;
}
