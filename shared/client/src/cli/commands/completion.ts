import type { Command } from "../command.ts";
import { type FlagName, flags } from "../flags.ts";

interface Word {
  name: string;
  summary: string;
  positional: readonly string[];
  options: readonly FlagName[];
}

const writers: Record<string, (words: Word[]) => string> = { bash, zsh, fish };

/** What `keyvend completion` writes: each command with all that can be written after it. */
export function completion(shell: string, commands: Readonly<Record<string, Command>>): string {
  const words = Object.entries(commands).map(([name, { summary, flags: own, positional = [] }]) => ({
    name,
    summary,
    positional,
    options: [...own, "json", "help"] as const,
  }));
  return writers[shell]?.(words) ?? "";
}

function bash(words: Word[]): string {
  const cases = words.map(({ name, positional, options }) => {
    const all = [...positional, ...options.map((option) => `--${option}`)];
    return `    *:${name}) COMPREPLY=($(compgen -W "${all.join(" ")}" -- "$cur")) ;;\n`;
  });
  return `_keyvend() {
  local cur=\${COMP_WORDS[COMP_CWORD]}
  case $COMP_CWORD:\${COMP_WORDS[1]} in
    1:*) COMPREPLY=($(compgen -W "${words.map(({ name }) => name).join(" ")}" -- "$cur")) ;;
${cases.join("")}  esac
}
complete -o default -F _keyvend keyvend
`;
}

function zsh(words: Word[]): string {
  return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
}

function fish(words: Word[]): string {
  const lines = words.flatMap(({ name, summary, positional, options }) => {
    const after = `complete -c keyvend -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c keyvend -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
      ...(positional.length > 0 ? [`${after} -a '${positional.join(" ")}'`] : []),
      ...options.map((option) => {
        const value = "value" in flags[option] ? " -r" : "";
        return `${after} -l ${option}${value} -d '${quoted(flags[option].help)}'`;
      }),
    ];
  });
  return `${lines.join("\n")}\n`;
}

const quoted = (text: string) => text.replaceAll("'", "\\'");
