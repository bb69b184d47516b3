import { literal } from "./policy.ts";

/**
 * A text with wildcards. Two control characters stand for them, which no text of a policy holds, so that globs are compared
 * and sorted as strings. Of wildcards in a row, each `?` stands before the one `*`: `*?` and `?**` are the same glob.
 */
export type Glob = string;

/** `*`: any run of characters, also an empty one. */
const run = "\u0001";
/** `?`: one character. */
const one = "\u0002";

/** The glob that is any text. */
export const anything: Glob = run;

/** The glob that is all that begins with a text. */
export function behind(text: string): Glob {
  return text + run;
}

/**
 * Reads a text of a policy, in which `${*}`, `${?}` and `${$}` are the literal characters.
 *
 * @param text without control characters, and with no variable but these three
 * @param hasWildcards whether `*` and `?` are wildcards
 */
export function readGlob(text: string, hasWildcards = true): Glob {
  return text.replace(/\$\{([*?$])\}|[*?]+/g, (found, escaped?: string) => {
    if (escaped !== undefined || !hasWildcards) return escaped ?? found;
    return found.replaceAll("*", "").replaceAll("?", one) + (found.includes("*") ? run : "");
  });
}

/** The glob as IAM reads it, with escapes for what is literal. */
export function writeGlob(glob: Glob): string {
  return literal(glob).replaceAll(run, "*").replaceAll(one, "?");
}

/** Does a glob hold characters that only an escape can write? */
export function needsEscapes(glob: Glob): boolean {
  return /[$*?]/.test(glob);
}

/**
 * Does the outer glob hold every text of the inner one? The inner one's wildcards are taken for characters that only the
 * outer one's wildcards meet: what is said to be held, is; a few globs that are held by a `?` and a `*` in turn are missed.
 * There is no more backtracking than to the last `*`.
 *
 * @example covers(readGlob("t1/*"), readGlob("t1/a?")) // true
 */
export function covers(outer: Glob, inner: Glob): boolean {
  if (outer === inner || outer === run) return true;
  // Most globs differ in their ends already.
  if (!inner.startsWith(outer.slice(0, firstWildcardOf(outer)))) return false;
  if (!inner.endsWith(outer.slice(1 + Math.max(outer.lastIndexOf(run), outer.lastIndexOf(one)))))
    return false;
  const [pattern, text] = [charactersOf(outer), charactersOf(inner)];
  let at = 0;
  let position = 0;
  let lastRun = -1;
  let lastRunEnd = 0;
  while (position < text.length) {
    const token = pattern[at];
    const character = text[position];
    if (token === run) {
      lastRun = at++;
      lastRunEnd = position;
    } else if (token === character || (token === one && character !== run)) {
      at++;
      position++;
    } else if (lastRun >= 0) {
      at = lastRun + 1;
      position = ++lastRunEnd;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every((token) => token === run);
}

function firstWildcardOf(glob: Glob): number {
  const places = [glob.indexOf(run), glob.indexOf(one)].filter((place) => place >= 0);
  return Math.min(glob.length, ...places);
}

/**
 * The texts that both globs hold, as globs. The union is exact where one of the globs is a name, or all that begins with one,
 * as everything in a scope is; else it holds what is proven to be in both.
 *
 * @example intersect(readGlob("wh/*"), readGlob("*" + "/t1/*")).map(writeGlob) // ["wh/*" + "/t1/*", "wh/t1/*"]
 */
export function intersect(glob: Glob, other: Glob): Glob[] {
  if (covers(other, glob)) return [glob];
  if (covers(glob, other)) return [other];
  const [known, read] = isBeginning(glob) ? [glob, other] : [other, glob];
  if (!isBeginning(known)) return [];
  const beginning = known.slice(0, -1);
  return restsBehind(beginning, read).map((rest) => beginning + rest);
}

/** Is the glob all that begins with a text? */
function isBeginning(glob: Glob): boolean {
  return glob.endsWith(run) && glob.indexOf(run) === glob.length - 1 && !glob.includes(one);
}

/**
 * What may follow a beginning, by a glob: the glob is read as an automaton, and each place in it that is left is a rest. A
 * place at a `*` holds all that places before it do, so that they are dropped.
 */
function restsBehind(beginning: string, glob: Glob): Glob[] {
  const tokens = charactersOf(glob);
  const places = charactersOf(beginning).reduce<number[]>(
    (before, character) => {
      const after = placesAfter(character, tokens, before);
      return after.slice(
        Math.max(
          0,
          after.findLastIndex((place) => tokens[place] === run),
        ),
      );
    },
    [0],
  );
  return places.map((place) => tokens.slice(place).join(""));
}

/**
 * Is there a text that both globs hold?
 *
 * @example overlap(readGlob("a*"), readGlob("*b")) // true
 */
export function overlap(glob: Glob, other: Glob): boolean {
  const tokens = charactersOf(other);
  let places = [0];
  for (const token of charactersOf(glob)) {
    const [first] = places;
    if (first === undefined) return false;
    places =
      token === run
        ? Array.from({ length: tokens.length + 1 - first }, (_, at) => first + at)
        : placesAfter(token, tokens, places);
  }
  const last = places.at(-1) ?? -1;
  return last === tokens.length || (last === tokens.length - 1 && tokens[last] === run);
}

/**
 * The places in a glob after one more character, which may be any one. A place at a `*` stands for the place behind it, too.
 * Places ascend, and so do those after them: a place that is reached twice is reached twice in a row.
 */
function placesAfter(character: string, tokens: readonly string[], places: readonly number[]): number[] {
  const after: number[] = [];
  const reach = (place: number) => {
    if (after.at(-1) !== place) after.push(place);
  };
  for (const place of places) {
    const isAtRun = tokens[place] === run;
    if (isAtRun) reach(place);
    const ahead = isAtRun ? place + 1 : place;
    const token = tokens[ahead];
    if (token === undefined) continue;
    if (token === character || token === one || character === one) reach(ahead + 1);
  }
  return after;
}

/**
 * The same texts in fewer globs: sorted, each once, and none that another one holds.
 *
 * @example reduce(["t1/a", "t1/\u0001"]) // ["t1/\u0001"]
 */
export function reduce(globs: Iterable<Glob>): Glob[] {
  const sorted = [...new Set(globs)].sort();
  return sorted.reduce<Glob[]>((kept, glob) => {
    if (kept.some((other) => covers(other, glob))) return kept;
    return [...kept.filter((other) => !covers(glob, other)), glob];
  }, []);
}

/** By code points, as the stores that take all characters count them. */
function charactersOf(text: string): string[] {
  return /[\ud800-\udfff]/.test(text) ? Array.from(text) : text.split("");
}
