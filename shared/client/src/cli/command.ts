import type { FlagName, Given } from "./flags.ts";
import type { World } from "./world.ts";

/** @returns the exit status */
export type RunCommand = (given: Given, world: World) => number | Promise<number>;

export interface Command {
  summary: string;
  flags: readonly FlagName[];
  /** What its one word may be. */
  positional?: readonly string[];
  /** A command of the caller's own follows `--`. */
  takesCommand?: boolean;
  /** What follows `keyvend`, and what comes of it. */
  examples: readonly (readonly [line: string, effect: string])[];
  run: RunCommand;
}
