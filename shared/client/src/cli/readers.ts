import { randomUUID } from "node:crypto";
import { type EnvironmentVariables, shellLines } from "../../../formats/env.ts";
import {
  assignmentForCmd,
  quoteForDotenv,
  quoteForFish,
  quoteForPowerShell,
} from "../../../formats/quoting.ts";
import { type CommandIo, UsageError } from "./command-line.ts";
import { jsonLine } from "./output.ts";

/** What reads variables, by the name that `--shell` has for it. */
type ReaderName = keyof typeof readers;

/** How one reader has variables written. */
interface Reader {
  /** The lines that set a variable. Undefined for a value that the reader would not get as it is. */
  set(name: string, value: string): string | undefined;
  /** The line that unsets one. Absent where none can: the variable is left out. */
  unset?(name: string): string;
  /** What stands before all others, for each variable to unset: it ends the reading where one cannot be unset. */
  check?(name: string): string;
}

/** One of a block or a function would win over one of the session. */
const eraseLocal = (name: string) => `while set -el ${name}; end`;

const fish: Reader = {
  set: (name, value) => `${eraseLocal(name)}; set -gx ${name} ${quoteForFish(value)}\n`,
  unset: (name) => `${eraseLocal(name)}; set -eg ${name}\n`,
  // Programs get a universal one whatever the session does, and to erase it would be for all sessions, for good.
  check: (name) => {
    const says = `keyvend: ${name} is a universal variable, and would win. Nothing is set. Run first: set -eU ${name}`;
    return `if set -qUx ${name}; echo ${quoteForFish(says)} >&2; return 1; end\n`;
  },
};

const cmd: Reader = {
  set: (name, value) => around("@set ", assignmentForCmd(name, value), "\r\n"),
  unset: (name) => `@set "${name}="\r\n`,
};

const powershell: Reader = {
  set: (name, value) => around(`$env:${name} = `, quoteForPowerShell(value), "\n"),
  unset: (name) => `$env:${name} = $null\n`,
};

const dotenv: Reader = {
  set: (name, value) => around(`${name}=`, quoteForDotenv(value), "\n"),
};

/** `docker run --env-file` takes all behind the sign as it is, quotes too, to the end of the line. */
const docker: Reader = {
  set: (name, value) => (/[\0\r\n]/.test(value) ? undefined : `${name}=${value}\n`),
};

/** The files `$GITHUB_ENV` and `$GITHUB_OUTPUT`. No value can hold the line that ends it: that is random. */
const github: Reader = {
  set(name, value) {
    const end = `ghadelimiter_${randomUUID()}`;
    return /[\0\r]/.test(value) ? undefined : `${name}<<${end}\n${value}\n${end}\n`;
  },
};

const around = (before: string, text: string | undefined, after: string) =>
  text === undefined ? undefined : before + text + after;

const readers = {
  sh: shellLines,
  ...{ fish, cmd, powershell, dotenv, docker, github },
  json: (variables: EnvironmentVariables) => jsonLine(Object.fromEntries(valuesOf(variables))),
};

/**
 * Variables as a reader takes them: all of them, or none.
 *
 * @throws UsageError for a value that this reader would not get as it is
 * @example textFor("docker", { AWS_REGION: "eu-central-1", AWS_PROFILE: null }, io) // "AWS_REGION=eu-central-1\n"
 */
export function textFor(name: ReaderName, variables: EnvironmentVariables, io: CommandIo): string {
  const reader = readers[name];
  if (typeof reader === "function") return reader(variables);
  const toUnset = Object.keys(variables).filter((each) => variables[each] === null);
  const unsetLines = [reader.check, reader.unset].flatMap((write) =>
    toUnset.map((each) => write?.(each) ?? ""),
  );
  const lines = valuesOf(variables).map(([each, value]) => {
    const line = reader.set(each, value);
    if (line === undefined) throw new UsageError(`${name} cannot carry this ${each}. Use --shell json.`);
    return line;
  });
  if (name === "github") maskSecrets(variables, io);
  if (name === "github" || name === "dotenv") warnOfOthers(name, variables, io);
  return [...unsetLines, ...lines].join("");
}

const valuesOf = (variables: EnvironmentVariables) =>
  Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== null);

const secretNames = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/**
 * Tells the runner to show none of them in the log. It reads commands from both outputs of a step.
 *
 * @throws UsageError where no runner would read them, and they would be shown
 */
function maskSecrets(variables: EnvironmentVariables, io: CommandIo): void {
  if (io.env["GITHUB_ACTIONS"] !== "true")
    throw new UsageError("--shell github is for a step of GitHub Actions: its log hides the secrets.");
  const escaped = (text: string) => text.replaceAll("%", "%25").replaceAll("\n", "%0A");
  for (const [name, value] of valuesOf(variables))
    if (secretNames.includes(name)) io.err(`::add-mask::${escaped(value)}\n`);
}

/** Where a reader unsets nothing, what is set here would win over what is written. */
function warnOfOthers(reader: ReaderName, variables: EnvironmentVariables, { env, err }: CommandIo): void {
  const names = Object.keys(variables).filter((name) => variables[name] === null && env[name]);
  if (names.length > 0)
    err(`keyvend: ${names.join(", ")} would win over these, and ${reader} unsets nothing. Unset it first.\n`);
}
