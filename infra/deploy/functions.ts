import type { Options } from "./options.ts";

/** The functions of every deployment, as files of `functions/`. Each has a bundle, a role and a log of its own. */
export const deployedFunctions = ["vend", "warm", "revoke", "rotate"] as const;

/** All that there may be: some are there by an option. */
export const builtFunctions = [...deployedFunctions, "page"] as const;

/**
 * The functions of a deployment with these options.
 *
 * @example functionsOf({ page: true }).at(-1) // "page"
 */
export function functionsOf({ page }: Options): readonly (typeof builtFunctions)[number][] {
  return page ? builtFunctions : deployedFunctions;
}
