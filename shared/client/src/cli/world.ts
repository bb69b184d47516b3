import type { Environment } from "../identity-sources/environment.ts";

/** What a command may know of the process that it runs in, and how it speaks. */
export interface World {
  readonly env: Environment;
  out(text: string): void;
  err(text: string): void;
  /** Would a person see what is written to `out`? */
  isTerminal(): boolean;
}
