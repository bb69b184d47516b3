import { quoteForShell } from "../../../shared/formats/quoting.ts";

// What a script for a POSIX shell is made of. Each part ends without a line break.

/**
 * A comment, cut into lines.
 *
 * @example comment("What its sessions may do.") // "# What its sessions may do."
 */
export function comment(text: string): string {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? "";
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + word.length < mostLineCharacters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `# ${line}`).join("\n");
}

const mostLineCharacters = 120;

/**
 * Writes a document into a file of the current folder.
 *
 * @example documentFile("keyvend-lake.trust.json", role.trust)
 */
export function documentFile(name: string, document: object): string {
  return textFile(name, JSON.stringify(document, null, 2));
}

/** The same without a blank: Ceph's gateway takes the sign for one, with which AWS's CLI sends it, as it is. */
export function blanklessFile(name: string, document: object): string {
  return textFile(name, JSON.stringify(document).replaceAll(" ", "\\u0020"));
}

function textFile(name: string, json: string): string {
  // No line of the JSON is the word alone.
  return `cat > ${word(name)} <<'END'\n${json}\nEND`;
}

/**
 * A command of these words, each of which reaches the program as it is.
 *
 * @example command("aws", "iam", "create-user", "--user-name", "keyvend lake") // "aws iam create-user --user-name 'keyvend lake'"
 */
export function command(...words: (string | number)[]): string {
  return words.map((each) => word(String(each))).join(" ");
}

/** A command that is shown and not run, since it must not run twice or somebody has to look before. */
export function shown(line: string): string {
  return `#   ${line}`;
}

/** The content of a file, as one word of a command. */
export function contentOf(file: string): string {
  return `"$(cat ${word(file)})"`;
}

/** Only what a shell would change is quoted, so that the rest can be read. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoteForShell(text);
}

/** Puts the key of a storage into its secret, from `key.json` in the current folder, and forgets the file. */
export function putKey(storage: string, stage: string): string {
  const put = command("npm", "run", "secret:put", "--", "--storage", storage, "--stage", stage, "--file");
  return `${put} "$PWD/key.json" && rm key.json`;
}
