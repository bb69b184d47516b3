import { resolve } from "node:path";

/**
 * A path as the user of a command means it: relative to where the user is. npm runs scripts in the project's folder, and tells
 * by `INIT_CWD` where it was called.
 *
 * @example userPath("../our/vending.yml") // "/home/ada/our/vending.yml", for a user in /home/ada/keyvend
 */
export function userPath(path: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env;
  return resolve(script === undefined || folder === undefined ? "." : folder, path);
}
