import manifest from "../../package.json" with { type: "json" };
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { type FlagName, flags } from "./flags.ts";

export const { version } = manifest;

const columns = (rows: readonly (readonly [string, string])[]) => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
};

/** What `keyvend --help` writes. */
export function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  return `Usage: keyvend COMMAND [options]

Temporary S3 credentials from a keyvend service.

${columns(rows)}
Each option with a value can be set as KEYVEND_<OPTION>, for example KEYVEND_URL; the identity token as KEYVEND_TOKEN.
Exit status: 0, 1 for a failure, 2 for a mistake in the call; of exec, its command's own.

keyvend COMMAND --help says more of each.
`;
}

/** What `keyvend <name> --help` writes. */
export function helpFor(name: string, command: Command): string {
  const { summary, flags: names, positional, takesCommand, examples } = command;
  const words = [name, ...(positional ? [positional.join("|")] : []), "[options]"];
  const rows = [...names, "json", "help"] as FlagName[];
  return `Usage: keyvend ${words.join(" ")}${takesCommand ? " -- CMD [argument …]" : ""}

${summary[0]?.toUpperCase()}${summary.slice(1)}.

${columns(rows.map((flag) => optionRow(flag)))}
Examples:
${columns(examples.map(([line, effect]) => [`keyvend ${line}`, effect]))}`;
}

function optionRow(name: FlagName): [string, string] {
  const flag: { value?: string; choices?: readonly string[]; help: string } = flags[name];
  const choices = flag.choices ? `: ${flag.choices.join(", ")}` : "";
  return [`--${name}${flag.value ? ` ${flag.value}` : ""}`, flag.help + choices];
}
