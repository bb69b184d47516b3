/**
 * The words of a command line by the rules of C on Windows: words end at white space outside of quotes; a run of
 * backslashes before a quote stands for half of it, and an odd one makes the quote plain; all other backslashes are plain.
 * Rules: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
export function splitAsC(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (const [, slashes = "", quote, other] of line.matchAll(/(\\*)(?:(")|([^\\"])|$)/gs)) {
    if (quote) {
      word = (word ?? "") + "\\".repeat(Math.floor(slashes.length / 2));
      if (slashes.length % 2 === 1) word += quote;
      else isQuoted = !isQuoted;
      continue;
    }
    if (slashes) word = (word ?? "") + slashes;
    if (other !== undefined && (isQuoted || !/[ \t]/.test(other))) word = (word ?? "") + other;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (isQuoted) throw new Error("A quote has no end.");
  return words;
}
