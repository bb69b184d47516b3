import { execFileSync, spawnSync } from "node:child_process";
import { textFor } from "../../../shared/client/src/cli/readers.ts";
import { record } from "./keyvend.ts";

// What `keyvend env` writes for its readers, for tests that hold it to them.

type Reader = Parameters<typeof textFor>[0];

export const values = {
  plain: "wJalr/XUtn+FEMI=",
  apostrophe: "it's",
  quote: 'say "hi"',
  dollar: "a$HOME${HOME}$(exit 3)",
  backslash: "C:\\new\\",
  newline: "two\nlines",
  return: "a\rb\r\nc",
  percent: "100%PATH%%",
  exclamation: "hey!!",
  backtick: "`exit 3`",
  hash: "a #b",
  spaces: "  a  b  ",
  letters: "Zürich €",
  empty: "",
  line: "a\nAWS_PROFILE=mine",
};
type Kind = keyof typeof values;

/** What each reader cannot carry. */
export const refused: Record<Reader, Kind[]> = {
  sh: [],
  fish: [],
  cmd: ["quote", "newline", "return", "exclamation", "letters", "empty", "line"],
  powershell: ["newline", "return", "letters", "empty", "line"],
  dotenv: ["apostrophe", "dollar", "backslash", "newline", "return", "line"],
  docker: ["newline", "return", "line"],
  github: ["return"],
  json: [],
};
export const readers = Object.keys(refused) as Reader[];

export const inJob = { GITHUB_ACTIONS: "true" };
export const write = (reader: Reader, variables: Record<string, string | null>) =>
  textFor(reader, variables, record(inJob).io);

/** The variables of all values that the reader can carry, as they are written for it. */
export function carried(reader: Reader): { text: string; variables: Record<string, string> } {
  const kinds = (Object.keys(values) as Kind[]).filter((kind) => !refused[reader].includes(kind));
  const variables = Object.fromEntries(kinds.map((kind) => [`V_${kind}`, values[kind]]));
  return { text: write(reader, variables), variables };
}

/** How a POSIX shell, or fish, is run with a text to evaluate. */
export const evaluating = {
  sh: (shell: string) => [shell, "-c", 'eval "$1" && exec env -0', shell],
  fish: (shell: string) => [shell, "--no-config", "-c", "printf %s $argv[1] | source; exec env -0"],
};

/** The variables of a program that a shell starts once it has read the text. */
export function environmentAfter(
  command: readonly string[],
  text: string,
  before = {},
): Record<string, string> {
  const [shell = "", ...args] = command;
  const env = { PATH: process.env["PATH"], HOME: "/none", ...before };
  const printed = execFileSync(shell, [...args, text], { env, encoding: "utf8" });
  const entries = printed.split("\0").filter((entry) => /^(V_|AWS_)/.test(entry));
  return Object.fromEntries(
    entries.map((entry) => [entry.replace(/=.*/su, ""), entry.replace(/^\w+=/u, "")]),
  );
}

export const fishVariables = { AWS_PROFILE: null, AWS_REGION: "eu-central-1" };
/** Code for a session of fish: it takes the text in, and shows what programs then get. */
export const fishCode = {
  evaluate: "printf %s $argv[1] | source",
  show: "env | string match -r '^AWS_(?:PROFILE|REGION)=.*' | sort | string join ' '",
};

/** A session of fish with universal variables of its own. */
export function fishSession(
  fish: string,
  home: string,
  code: string,
  text: string,
): { out: string; err: string } {
  const env = { PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  const { stdout, stderr } = spawnSync(fish, ["-c", code, text], { env, encoding: "utf8" });
  return { out: stdout, err: stderr };
}
