import { VendingError } from "../vending-error.ts";
import {
  type Command,
  type CommandIo,
  checkWords,
  readArguments,
  splitArguments,
  UsageError,
} from "./command-line.ts";
import { commands } from "./commands.ts";
import { helpOf, overview, version } from "./help.ts";
import { mistakeIn, placeOf } from "./mistakes.ts";
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
    const command = commandOf(name);
    const { own } = splitArguments(rest, command ?? { flags: [] });
    const failure = mistakeIn(error, (option) => placeOf(option, own, io.env));
    io.err(failureText(failure, `keyvend ${command ? `${name} ` : ""}--help`, own.includes("--json")));
    const isMistake =
      failure instanceof VendingError ? failure.code === "invalid_options" : failure instanceof UsageError;
    return isMistake ? 2 : 1;
  }
}

async function runNamed(name: string, rest: readonly string[], io: CommandIo): Promise<number> {
  if (["--version", "-v", "-V", "version"].includes(name)) return write(`${version}\n`, io);
  if (["--help", "-h", "help"].includes(name)) return write(helpOn(rest), io);
  const command = commandOf(name) ?? missing(name);
  const args = readArguments(rest, command, io.env);
  if (args.has("help")) return write(helpOf(name, command), io);
  checkWords(args, command);
  return command.run(args, io);
}

function helpOn(words: readonly string[]): string {
  const name = words.find((word) => !word.startsWith("-"));
  return name === undefined || name === "help"
    ? overview(commands)
    : helpOf(name, commandOf(name) ?? missing(name));
}

const commandOf = (name: string): Command | undefined =>
  Object.hasOwn(commands, name) ? commands[name] : undefined;

function missing(name: string): never {
  throw new UsageError(
    name.startsWith("-")
      ? `The command stands first, before ${name}: keyvend COMMAND [options].`
      : `There is no command "${name}". The commands are ${Object.keys(commands).join(", ")}.`,
  );
}

function write(text: string, io: CommandIo): number {
  io.out(text);
  return 0;
}
