import { quoteForFish } from "../../../../formats/quoting.ts";
import { type Command, type FlagName, flags } from "../command-line.ts";
import { meanings } from "../option-meanings.ts";

/** `keyvend completion` */
export function completion(others: Readonly<Record<string, Command>>): Command {
  const command: Command = {
    summary: "write a shell's completion script",
    flags: [],
    words: Object.keys(writers),
    examples: [["completion bash > ~/.local/share/bash-completion/completions/keyvend", "once"]],
    run({ words: [shell] }, io) {
      const entries = Object.entries({ ...others, completion: command }).map(entryOf);
      io.out(writers[shell as keyof typeof writers](entries));
      return 0;
    },
  };
  return command;
}

/** A command with all that can be written after it. */
interface CompletionEntry {
  name: string;
  summary: string;
  words: readonly string[];
  options: readonly FlagName[];
}

const entryOf = ([name, { summary, flags: own, words = [] }]: [string, Command]): CompletionEntry => ({
  name,
  summary,
  words,
  options: [...own, "json", "help"],
});

const writers = { bash, zsh, fish };

function bash(entries: CompletionEntry[]): string {
  const cases = entries.map(({ name, words, options }) => {
    const all = [...words, ...options.map((option) => `--${option}`)];
    return `    *:${name}) COMPREPLY=($(compgen -W "${all.join(" ")}" -- "$cur")) ;;\n`;
  });
  return `_keyvend() {
  local cur=\${COMP_WORDS[COMP_CWORD]}
  case $COMP_CWORD:\${COMP_WORDS[1]} in
    1:*) COMPREPLY=($(compgen -W "${entries.map(({ name }) => name).join(" ")}" -- "$cur")) ;;
${cases.join("")}  esac
}
complete -o default -F _keyvend keyvend
`;
}

function zsh(entries: CompletionEntry[]): string {
  return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(entries)}`;
}

function fish(entries: CompletionEntry[]): string {
  const lines = entries.flatMap(({ name, summary, words, options }) => {
    const after = `complete -c keyvend -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c keyvend -n __fish_use_subcommand -a ${name} -d ${quoteForFish(summary)}`,
      ...(words.length > 0 ? [`${after} -a '${words.join(" ")}'`] : []),
      ...options.map((option) => {
        const value = "value" in flags[option] ? " -r" : "";
        return `${after} -l ${option}${value} -d ${quoteForFish(meanings[option])}`;
      }),
    ];
  });
  return `${lines.join("\n")}\n`;
}
