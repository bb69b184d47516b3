/** `*`: any run of characters, also an empty one, and also one with slashes and colons. */
export const anyRun: unique symbol = Symbol("*");
/** `?`: exactly one character. */
export const anyOne: unique symbol = Symbol("?");

/** A wildcard, or one literal UTF-16 code unit. IAM's strings end at U+00FF, so that a unit is a character. */
export type GlobToken = string | typeof anyRun | typeof anyOne;

/**
 * Whether the glob covers the whole text. It works by tokens and not by a regular expression, so that no policy can
 * make it backtrack exponentially: it takes at most glob × text steps, whatever the wildcards.
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
      // Only the last run needs to grow: the tokens before it have matched as early as they could.
      at = lastRun + 1;
      position = ++lastRunEnd;
    } else {
      return false;
    }
  }
  while (glob[at] === anyRun) at++;
  return at === glob.length;
}
