import { once } from "node:events";
import { text } from "node:stream/consumers";
import { startProgram } from "./start-program.ts";

/**
 * Runs a command to its end and gives its output. If it fails, throws the content of its standard error.
 *
 * @example await runCommand(["rclone", "rcat", "keyvend:lake/a"], environment, "content")
 */
export async function runCommand(
  command: readonly [string, ...string[]],
  env: Record<string, string>,
  input = "",
): Promise<string> {
  const child = startProgram(command, env);
  // A command that is refused does not read its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [printed, complained, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  if (status !== 0) throw new Error(`${command.join(" ")}: ${complained || printed}`);
  return printed;
}
