import manifest from "../../package.json" with { type: "json" };
import { type Command, type FlagName, flags } from "./command-line.ts";
import { meanings } from "./option-meanings.ts";

/** The table of commands, from which the texts are made. */
type CommandTable = Readonly<Record<string, Command>>;

export const { version } = manifest;

/** What `keyvend --help` writes. */
export function overview(commands: CommandTable): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  return `Usage: keyvend COMMAND [options]

Gets temporary S3 credentials from a keyvend service, and hands them to programs.

Say once where the service is, which storage you want, and where your identity token is (--identity knows more sources):
  export KEYVEND_URL=https://vend.example.com KEYVEND_STORAGE=lake KEYVEND_TOKEN_FILE=/path/to/token
See what you may use, then run a program that uses it:
  keyvend storages
  keyvend exec aws s3 ls s3://lake/

Commands:
${columns(rows)}
Each option with a value can be set as KEYVEND_<OPTION>, as above; the token itself as KEYVEND_TOKEN.
Exit status: 0, 1 for a failure, 2 for a mistake in the call; of exec, the status of its command.

keyvend help COMMAND says more of one command. keyvend --version says which version this is.
`;
}

/** What `keyvend <name> --help` writes. */
export function helpOf(
  name: string,
  { summary, flags: names, words, takesCommand, notes, examples }: Command,
): string {
  const usage = [
    name,
    ...(words ? [words.join("|")] : []),
    "[options]",
    ...(takesCommand ? ["[--] CMD [argument …]"] : []),
  ];
  const rows = [...names, "json", "help"] as FlagName[];
  return `Usage: keyvend ${usage.join(" ")}

${summary[0]?.toUpperCase()}${summary.slice(1)}.

Options:
${columns(rows.map((flag) => optionRow(flag)))}
${notes ? `${notes}\n\n` : ""}Examples:
${columns(examples.map(([line, effect]) => [`keyvend ${line}`, effect]))}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  const indent = " ".repeat(width + 4);
  return rows
    .map(([left, right]) => `  ${left.padEnd(width)}  ${right.replaceAll("\n", `\n${indent}`)}\n`)
    .join("");
}

function optionRow(name: FlagName): [string, string] {
  const flag: { value?: string; short?: string; choices?: readonly string[] } = flags[name];
  const meaning = meanings[name];
  // Long ones stand on a line of their own.
  const choices = flag.choices ? `:${meaning.length > 60 ? "\n" : " "}${flag.choices.join(", ")}` : "";
  const short = flag.short ? `-${flag.short}, ` : "";
  return [`${short}--${name}${flag.value ? ` ${flag.value}` : ""}`, meaning + choices];
}
