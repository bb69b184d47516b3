import { parseArgs } from "node:util";
import { optionsOf } from "./serverless.ts";
import { type GivenTarget, targetOptions } from "./target.ts";

const ownOptions = {
  ...targetOptions,
  cases: { type: "string" },
  package: { type: "string", short: "p" },
  help: { type: "boolean", short: "h" },
} as const;

/** A command line of `build`, `package`, `deploy` or `remove`. */
interface CommandLine extends GivenTarget {
  cases?: string | undefined;
  /** The folder of the package, for Serverless. */
  package?: string | undefined;
  help: boolean;
  /** What goes to Serverless as it is written. */
  others: string[];
}

/**
 * Tells our options from Serverless's own. An option of neither is an error before anything is done, since a mistyped `--config`
 * would else deploy another configuration.
 *
 * @throws Error that names the option, and nothing of its value.
 * @example parseCommandLine("deploy", ["--stage", "prod", "--force"]).others // ["--force"]
 */
export function parseCommandLine(command: string, args: string[]): CommandLine {
  const { values, tokens } = parseArgs({
    args,
    options: ownOptions,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const others: string[] = [];
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional") others.push(token.value);
    if (token.kind === "option-terminator") throw new Error("-- has no meaning here");
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(ownOptions, token.name)) {
      others.push(token.inlineValue ? `${token.rawName}=${token.value}` : token.rawName);
      continue;
    }
    if (token.name !== "help" && !hasValue(token)) throw new Error(`${token.rawName} needs a value`);
    if (token.name !== "param" && seen.has(token.name)) throw new Error(`${token.rawName} is given twice`);
    seen.add(token.name);
  }
  const line = { ...(values as Omit<CommandLine, "help" | "others">), help: values.help === true, others };
  if (!line.help) checkOthers(command, line, args);
  return line;
}

/** What looks like the next option is none, unless it is written with an equals sign. */
function hasValue({ value, inlineValue }: { value?: string | undefined; inlineValue?: boolean | undefined }) {
  return value !== undefined && value !== "" && (inlineValue === true || !value.startsWith("-"));
}

function checkOthers(command: string, line: CommandLine, args: readonly string[]): void {
  const others = line.package === undefined ? line.others : [...line.others, "--package"];
  if (command === "build") {
    if (others[0] !== undefined) throw new Error(`${nameIn(others[0])} is not known here`);
    return;
  }
  // Serverless has commands of several words, such as `deploy function`.
  const first = args.findIndex((arg) => arg.startsWith("-"));
  const words = [command, ...args.slice(0, first < 0 ? args.length : first)].join(" ");
  const known = optionsOf(words);
  if (known === undefined) throw new Error(`${words} is no command of Serverless`);
  for (const other of others.filter((each) => each.startsWith("-"))) {
    const name = nameIn(other);
    if (name === "-c") throw new Error("-c is not known here: --config names keyvend's configuration");
    if (!known.includes(name)) throw new Error(`${name} is not known here, nor to Serverless`);
  }
}

/** Without a value, which may be secret. */
function nameIn(option: string): string {
  return option.replace(/=.*/s, "");
}
