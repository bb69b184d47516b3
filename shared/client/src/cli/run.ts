import { VendingError } from "../vending-error.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { type Given, readArguments } from "./flags.ts";
import { plain } from "./plain.ts";
import { UsageError } from "./usage-error.ts";
import type { World } from "./world.ts";

/**
 * Runs one command line, without `node` and the script. All that goes wrong is said in a sentence on `err`.
 *
 * @returns the exit status: 0, 1 for a failure, 2 for a mistake in the call; of `exec`, its command's own
 * @example process.exitCode = await run(["storages", "--url", url], world)
 */
export async function run(args: readonly string[], world: World): Promise<number> {
  const [name = "--help", ...rest] = args;
  try {
    if (name === "--help" || name === "help" || name === "--version") {
      const { overview, version } = await import("./help.ts");
      world.out(name === "--version" ? `${version}\n` : overview());
      return 0;
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new UsageError(`There is no command "${name}".`);
    const given = readArguments(rest, command.flags, world.env);
    return given.has("help")
      ? await help(name, command, world)
      : await command.run(checked(given, command), world);
  } catch (error) {
    const asJson = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined).includes("--json");
    world.err(said(error, name, asJson));
    return error instanceof UsageError || codeOf(error) === "invalid_options" ? 2 : 1;
  }
}

async function help(name: string, command: Command, world: World): Promise<number> {
  const { helpFor } = await import("./help.ts");
  world.out(helpFor(name, command));
  return 0;
}

function checked(given: Given, { positional, takesCommand = false }: Command): Given {
  const surplus = given.positionals[positional ? 1 : 0];
  if (surplus !== undefined) throw new UsageError(`"${surplus}" is one word too many.`);
  if (positional && !positional.includes(given.positionals[0] ?? ""))
    throw new UsageError(`Name one of ${positional.join(", ")}.`);
  if (takesCommand !== given.rest.length > 0)
    throw new UsageError(takesCommand ? "Give a command after --." : "Nothing may stand after --.");
  return given;
}

const codeOf = (error: unknown) => (error instanceof VendingError ? error.code : undefined);

/** Only what this package wrote, or the service: the message of anything else could quote a secret. */
function said(thrown: unknown, command: string, asJson: boolean): string {
  // An identity source says what is wrong with it more exactly than the client that asked it.
  const error =
    thrown instanceof VendingError && thrown.cause instanceof VendingError ? thrown.cause : thrown;
  const isUsage = error instanceof UsageError;
  const code = isUsage ? "usage" : (codeOf(error) ?? "internal");
  const message =
    isUsage || error instanceof VendingError
      ? error.message
      : `Something went wrong in keyvend itself (${(error as NodeJS.ErrnoException)?.code ?? "no code"}).`;
  const { requestId, fields = [] } = error instanceof VendingError ? error : {};
  if (asJson) return `${plain(JSON.stringify({ code, message, requestId, fields }))}\n`;
  const lines = [
    `keyvend: ${message}`,
    ...(Array.isArray(fields) ? fields.map(({ field, message: text }) => `  ${field}: ${text}`) : []),
    ...(typeof requestId === "string" ? [`  request id ${requestId}`] : []),
    ...(isUsage ? [`Try: keyvend ${Object.hasOwn(commands, command) ? `${command} ` : ""}--help`] : []),
  ];
  return `${lines.map(plain).join("\n")}\n`;
}
