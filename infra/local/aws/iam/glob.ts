/** `*`: any run of characters, none included, slashes and colons too. */
export const anyRun: unique symbol = Symbol("*");
/** `?`: exactly one character. */
export const anyOne: unique symbol = Symbol("?");

/** A wildcard, or one literal UTF-16 code unit: IAM's strings end at U+00FF, where a unit is a character. */
export type GlobToken = string | typeof anyRun | typeof anyOne;

/**
 * Whether the glob covers the whole text. Tokens and not a regular expression, so that no policy can make it
 * backtrack exponentially: at most glob × text steps, whatever the wildcards.
 *
 * @example matchesGlob(["t", "1", "/", anyRun], "t1/part-0") // true
 */
export function matchesGlob(glob: readonly GlobToken[], text: string): boolean {
  let at = 0;
  let position = 0;
  let lastRun = -1;
  let lastRunEnd = 0;
  while (position < text.length) {
    const token = glob[at];
    if (token === anyRun) {
      lastRun = at++;
      lastRunEnd = position;
    } else if (token !== undefined && (token === anyOne || token === text[position])) {
      at++;
      position++;
    } else if (lastRun >= 0) {
      // Only the last run needs to grow: what stands before it has matched as early as it could.
      at = lastRun + 1;
      position = ++lastRunEnd;
    } else {
      return false;
    }
  }
  while (glob[at] === anyRun) at++;
  return at === glob.length;
}
