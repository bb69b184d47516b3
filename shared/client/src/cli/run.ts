import { VendingError } from "../vending-error.ts";
import { type CommandIo, checkWords, readArguments, UsageError } from "./command-line.ts";
import { commands } from "./commands.ts";
import { helpOf, overview, version } from "./help.ts";
import { useNetwork } from "./network/use-network.ts";
import { failureText } from "./output.ts";

/**
 * Runs one command line. Any failure is a sentence on `err`.
 *
 * @param words without `node` and the script
 * @returns the exit status: 0, 1 for a failure, 2 for a mistake in the call; of `exec`, its command's own
 * @example process.exitCode = await run(["storages", "--url", url], io)
 */
export async function run(words: readonly string[], io: CommandIo): Promise<number> {
  const [name = "--help", ...rest] = words;
  useNetwork(io.env);
  try {
    return await runNamed(name, rest, io);
  } catch (error) {
    const asJson = words.slice(0, words.includes("--") ? words.indexOf("--") : undefined).includes("--json");
    const help = `keyvend ${Object.hasOwn(commands, name) ? `${name} ` : ""}--help`;
    io.err(failureText(error, help, asJson));
    const isMistake =
      error instanceof VendingError ? error.code === "invalid_options" : error instanceof UsageError;
    return isMistake ? 2 : 1;
  }
}

async function runNamed(name: string, rest: readonly string[], io: CommandIo): Promise<number> {
  if (name === "--version") return write(`${version}\n`, io);
  if (name === "--help" || name === "help") return write(overview(commands), io);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`There is no command "${name}".`);
  const args = readArguments(rest, command, io.env);
  if (args.has("help")) return write(helpOf(name, command), io);
  checkWords(args, command);
  return command.run(args, io);
}

function write(text: string, io: CommandIo): number {
  io.out(text);
  return 0;
}
