import { parseArgs } from "node:util";
import type { Environment } from "../identity-sources/environment.ts";

/**
 * A mistake in the call of the command. `message` says what to write instead. Where it is about the value of an option, it
 * begins after the option's name: the value may come from a variable, which is then named instead.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly option: FlagName | undefined;

  constructor(message: string, option?: FlagName) {
    super(message);
    this.option = option;
  }
}

/** All that a command knows of its process. */
export interface CommandIo {
  readonly env: Environment;
  out(text: string): void;
  err(text: string): void;
  /** Is `out` a terminal? */
  isTerminal(): boolean;
}

interface Flag {
  /** The name of its value in the help. A flag without one has no value. */
  value?: string;
  /** One letter that stands for it. */
  short?: string;
  /** The values that it may have. */
  choices?: readonly string[];
}

/** Every flag of every command. A flag with a value can be set as `KEYVEND_<NAME>`, too. */
export const flags = {
  url: { value: "URL" },
  storage: { value: "NAME" },
  target: { value: "S3_URL" },
  permission: { value: "P", choices: ["READ", "WRITE", "READWRITE"] },
  duration: {
    value: "SECONDS",
  },
  identity: {
    value: "SOURCE",
    choices: ["token", "github-actions", "kubernetes", "aws", "aws-iam"],
  },
  // `KEYVEND_TOKEN_FILE` is read with `KEYVEND_TOKEN`, after it.
  "token-file": { value: "PATH" },
  audience: { value: "NAME" },
  shell: {
    value: "KIND",
    choices: ["sh", "fish", "cmd", "powershell", "dotenv", "docker", "github", "json"],
  },
  port: { value: "PORT" },
  address: { value: "IP" },
  "token-out": { value: "PATH" },
  "no-cache": {},
  output: { value: "FILE" },
  "show-secrets": {},
  json: {},
  help: { short: "h" },
} satisfies Record<string, Flag>;

export type FlagName = keyof typeof flags;

/** The flags of every question to the service. */
export const identityFlags: readonly FlagName[] = ["url", "identity", "token-file", "audience"];
/** The flags of a question about one storage. */
export const askFlags: readonly FlagName[] = [
  ...identityFlags,
  ...(["storage", "target", "permission", "duration"] as const),
];

/** What may stand after a command's name. */
export interface Grammar {
  flags: readonly FlagName[];
  /** The command takes one word, which must be one of these. */
  words?: readonly string[];
  /** A command line of the user's own must follow. */
  takesCommand?: boolean;
}

/** One command of the CLI. */
export interface Command extends Grammar {
  summary: string;
  /** What a reader must know beside the options. */
  notes?: string;
  /** What follows `keyvend`, and its effect. */
  examples: readonly (readonly [line: string, effect: string])[];
  /** @returns the exit status */
  run(args: Arguments, io: CommandIo): number | Promise<number>;
}

/** What stands on the command line and, for a flag that is not there, in the environment. */
export interface Arguments {
  text(name: FlagName): string | undefined;
  texts(name: FlagName): string[];
  has(name: FlagName): boolean;
  words: string[];
  /** The user's own command line. */
  command: string[];
}

/**
 * Reads the arguments of a command.
 *
 * @throws Node's own error for a flag that the command does not have; when it is read, UsageError for a value that it
 * cannot have
 * @example readArguments(["--storage", "lake"], { flags: askFlags }, {}).text("storage") // "lake"
 */
export function readArguments(args: readonly string[], grammar: Grammar, env: Environment): Arguments {
  const { own, command } = splitArguments(args, grammar);
  const { values, positionals } = parseArgs({
    args: [...own],
    options: optionsOf(grammar),
    allowPositionals: true,
  });
  const texts = (name: FlagName): string[] => {
    const all = [values[name] ?? (name === "token-file" ? undefined : env[variableOf(name)])].flat();
    const result = all.filter((value) => typeof value === "string" && value !== "") as string[];
    for (const value of result) checkChoice(name, value);
    return result;
  };
  return {
    text: (name) => texts(name)[0],
    texts,
    has: (name) => values[name] === true,
    words: positionals,
    command,
  };
}

/**
 * Parts the arguments of keyvend from a command line of the user's own. It begins after `--`, or with the first word that
 * is neither an option nor the value of one: no option after that is keyvend's.
 *
 * @example splitArguments(["--storage", "lake", "ls", "-l"], { flags: askFlags, takesCommand: true }).command // ["ls", "-l"]
 */
export function splitArguments(
  args: readonly string[],
  grammar: Grammar,
): { own: readonly string[]; command: string[] } {
  const options = optionsOf(grammar);
  const { tokens } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const start = tokens.find(
    ({ kind }) => kind === "option-terminator" || (kind === "positional" && grammar.takesCommand),
  );
  if (!start) return { own: args, command: [] };
  const after = start.kind === "positional" ? 0 : 1;
  return { own: args.slice(0, start.index), command: args.slice(start.index + after) };
}

function optionsOf(grammar: Grammar) {
  const names = [...grammar.flags, "json", "help"] as const;
  return Object.fromEntries(
    names.map((name) => {
      const flag: Flag = flags[name];
      const type = flag.value ? ("string" as const) : ("boolean" as const);
      return [name, { type, multiple: name === "target", ...(flag.short && { short: flag.short }) }];
    }),
  );
}

/**
 * Checks the words beside the flags.
 *
 * @throws UsageError for a word too many, too few, or of another command
 */
export function checkWords({ words, command }: Arguments, grammar: Grammar): void {
  const surplus = words[grammar.words ? 1 : 0];
  if (surplus !== undefined) throw new UsageError(`"${surplus}" is one word too many.`);
  if (grammar.words && !grammar.words.includes(words[0] ?? ""))
    throw new UsageError(`Name one of ${grammar.words.join(", ")}.`);
  if ((grammar.takesCommand ?? false) !== command.length > 0)
    throw new UsageError(
      grammar.takesCommand ? "Say which command to run, after the options." : "Nothing may stand after --.",
    );
}

export const variableOf = (name: FlagName) => `KEYVEND_${name.toUpperCase().replaceAll("-", "_")}`;

function checkChoice(name: FlagName, value: string): void {
  const flag: Flag = flags[name];
  if (flag.choices && !flag.choices.includes(value))
    throw new UsageError(`must be one of ${flag.choices.join(", ")}.`, name);
}
