import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Environment } from "../identity-sources/environment.ts";

/**
 * The words by which other programs run this command, from any folder: its bare name where their PATH leads to it, else
 * where it is.
 *
 * @example ownCommand(process.env) // ["keyvend"], or from npx ["/home/me/clone/node_modules/.bin/keyvend"]
 */
export function ownCommand(env: Environment): string[] {
  const script = process.argv[1] ?? "";
  // Programs on Windows do not find a script by its bare name, and what npm puts there is a script that calls this one.
  const isWindows = process.platform === "win32";
  const name = isWindows ? "keyvend.cmd" : "keyvend";
  const found = onPath(name, env);
  if (found && (isWindows || realpathSync(found) === realpathSync(script))) return [name];
  return !isWindows && isProgram(script) ? [script] : [process.execPath, script];
}

/** npm and npx put folders of a project before the PATH. Programs that they have not started do not have these. */
function onPath(name: string, env: Environment): string | undefined {
  return (env["PATH"] ?? env["Path"] ?? "")
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
