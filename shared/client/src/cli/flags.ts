import { parseArgs } from "node:util";
import type { Environment } from "../identity-sources/environment.ts";
import { UsageError } from "./usage-error.ts";

interface Flag {
  /** What its value is called in the help; none: it has no value. */
  value?: string;
  /** The values that it may have. */
  choices?: readonly string[];
  help: string;
}

/** Every option of every command. One with a value can be set as `KEYVEND_<NAME>` as well. */
export const flags = {
  url: { value: "URL", help: "base address of the service" },
  storage: { value: "NAME", help: "the storage's name at the service" },
  target: { value: "S3_URL", help: "ask for less: s3://bucket/prefix/; may be repeated" },
  permission: { value: "P", choices: ["READ", "WRITE", "READWRITE"], help: "what to be allowed" },
  duration: { value: "SECONDS", help: "how long the credentials should live" },
  identity: {
    value: "SOURCE",
    choices: ["token", "github-actions", "kubernetes", "aws", "aws-iam"],
    help: "who you are; token: KEYVEND_TOKEN or a file",
  },
  // `KEYVEND_TOKEN_FILE` is read with `KEYVEND_TOKEN`, after it.
  "token-file": { value: "PATH", help: "a file with your identity token, read each time" },
  audience: { value: "NAME", help: "of tokens from github-actions and aws; keyvend" },
  shell: {
    value: "KIND",
    choices: ["sh", "dotenv", "json", "powershell"],
    help: "how to write variables; sh",
  },
  port: { value: "PORT", help: "where to listen on 127.0.0.1; any that is free" },
  "no-cache": { help: "neither read nor keep credentials on disk" },
  "show-secrets": { help: "write secrets even to a terminal" },
  json: { help: "write JSON, errors as well" },
  help: { help: "show this" },
} satisfies Record<string, Flag>;

export type FlagName = keyof typeof flags;

/** Of who asks the service, and what for. */
export const identityFlags: readonly FlagName[] = ["url", "identity", "token-file", "audience"];
export const askFlags: readonly FlagName[] = [
  ...identityFlags,
  ...(["storage", "target", "permission", "duration"] as const),
];

/** What was written on the command line and, where nothing was, in the environment. */
export interface Given {
  text(name: FlagName): string | undefined;
  texts(name: FlagName): string[];
  has(name: FlagName): boolean;
  positionals: string[];
  /** What stands after `--`. */
  rest: string[];
}

/**
 * Reads a command's arguments.
 *
 * @throws UsageError for what the command does not know
 */
export function readArguments(args: readonly string[], names: readonly FlagName[], env: Environment): Given {
  const end = args.indexOf("--");
  const known = [...names, "json", "help"] as const;
  const options = Object.fromEntries(
    known.map((name) => {
      const type = "value" in flags[name] ? ("string" as const) : ("boolean" as const);
      return [name, { type, multiple: name === "target" }];
    }),
  );
  const { values, positionals } = parsed(end < 0 ? args : args.slice(0, end), options);
  const texts = (name: FlagName): string[] => {
    const given = [values[name] ?? (name === "token-file" ? undefined : env[variable(name)])].flat();
    const result = given.filter((value) => typeof value === "string" && value !== "") as string[];
    for (const value of result) checkChoice(name, value);
    return result;
  };
  return {
    text: (name) => texts(name)[0],
    texts,
    has: (name) => values[name] === true,
    positionals,
    rest: end < 0 ? [] : args.slice(end + 1),
  };
}

const variable = (name: FlagName) => `KEYVEND_${name.toUpperCase().replaceAll("-", "_")}`;

function parsed(args: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>["options"]) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals: true });
  } catch (error) {
    // Node's own words name the option, and go on with advice that does not fit here.
    throw new UsageError((error as Error).message.replace(/\.? To specify a positional.*/s, "."));
  }
}

function checkChoice(name: FlagName, value: string): void {
  const flag: Flag = flags[name];
  if (flag.choices && !flag.choices.includes(value))
    throw new UsageError(`--${name} must be one of ${flag.choices.join(", ")}.`);
}
