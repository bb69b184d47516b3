import { matchesGlob } from "./glob.ts";

/** Parts of a matched text, by the names that its pattern gives them. */
export type Captures = Readonly<Record<string, string>>;

/** A match and its captures; or `not_plain`, where the text has the right form and a captured part is no plain name. */
type Match = { captures: Captures } | "not_plain";

const plainValue = /^(?!.*\.\.)[A-Za-z0-9_.@=+-]+$/;
const plainCharacter = /[A-Za-z0-9_.@=+-]/;

/** `{name}` captures a plain name, `{name...}` plain names with single slashes between them. */
const captureSyntax = /\{([A-Za-z][A-Za-z0-9_]{0,31})(\.\.\.)?\}/;

interface Capture {
  name: string;
  isDeep: boolean;
}
/** A pattern between two stars: text to be met as it is, and captures. */
type PatternPart = string | Capture;

/**
 * May this value stand in a template? Only a plain name may: it can never leave the folder that it is put into.
 *
 * @example isPlain("acme") // true
 */
export function isPlain(value: string): boolean {
  return plainValue.test(value);
}

/** Does a pattern mean its own text and nothing else? */
export function isLiteral(pattern: string): boolean {
  return !/[*{]/.test(pattern);
}

/** The names that a pattern gives to parts of a text. */
export function captureNamesIn(pattern: string): string[] {
  return capturesIn(pattern).map(({ name }) => name);
}

/** Does a pattern capture values of several segments? */
export function isDeepIn(pattern: string, name: string): boolean {
  return capturesIn(pattern).some((capture) => capture.name === name && capture.isDeep);
}

function capturesIn(pattern: string): Capture[] {
  return pattern.split("*").flatMap((piece) => partsOf(piece).filter((part) => typeof part !== "string"));
}

/**
 * Matches a whole text with a pattern, in which `*` stands for any run of characters and `{name}` for a plain name. A
 * pattern without a fault has one match at most, and finding it takes one pass: there is no backtracking.
 *
 * @returns `undefined` where the text has not the pattern's form.
 * @example matchPattern("system:serviceaccount:{namespace}:*", "system:serviceaccount:data:ingest")
 * // { captures: { namespace: "data" } }
 */
export function matchPattern(pattern: string, text: string): Match | undefined {
  if (!pattern.includes("{")) return matchesGlob(pattern, text) ? { captures: {} } : undefined;
  const values = valuesOf(pattern.split("*").map(partsOf), text);
  if (values === undefined) return undefined;
  const captures: Record<string, string> = {};
  for (const [{ name, isDeep }, value] of values) {
    if (!(isDeep ? value.split("/") : [value]).every(isName)) return "not_plain";
    if (Object.hasOwn(captures, name) && captures[name] !== value) return undefined;
    captures[name] = value;
  }
  return { captures };
}

/** As a segment of a prefix: `.` would name the folder that it stands in. */
function isName(value: string): boolean {
  return isPlain(value) && value !== ".";
}

type CaptureValues = [Capture, string][];

/** The value of each capture. Before the first star they are taken from the text's beginning, behind the last from its end. */
function valuesOf(pieces: readonly PatternPart[][], text: string): CaptureValues | undefined {
  const [first = [], ...others] = pieces;
  const last = others.pop();
  const start = takeFrom(first, text);
  if (start === undefined) return undefined;
  if (last === undefined) return start.rest === "" ? start.values : undefined;
  const end = takeFrom(reversed(last), reverse(start.rest));
  if (end === undefined) return undefined;
  const between = others.map((parts) => parts.join("")).join("*");
  if (!matchesGlob(`*${between}*`, reverse(end.rest))) return undefined;
  return [
    ...start.values,
    ...end.values.map(([capture, value]): CaptureValues[0] => [capture, reverse(value)]),
  ];
}

/** Takes the parts from a text's beginning; `undefined` if the text begins otherwise. */
function takeFrom(
  parts: readonly PatternPart[],
  text: string,
): { values: CaptureValues; rest: string } | undefined {
  const values: CaptureValues = [];
  let rest = text;
  for (const [position, part] of parts.entries()) {
    if (typeof part === "string") {
      if (!rest.startsWith(part)) return undefined;
      rest = rest.slice(part.length);
      continue;
    }
    const literal = parts[position + 1] ?? "";
    if (typeof literal !== "string") return undefined;
    const end = endOf(part, literal, parts[position + 2], rest);
    if (end < 1) return undefined;
    values.push([part, rest.slice(0, end)]);
    rest = rest.slice(end);
  }
  return { values, rest };
}

/** Where a capture's value ends: before the text that follows it, which the next separator shows. */
function endOf(capture: Capture, literal: string, next: PatternPart | undefined, rest: string): number {
  const offset = separatorIn(literal, capture, next);
  if (offset < 0) return rest.length - literal.length;
  return rest.indexOf(literal.charAt(offset)) - offset;
}

/** The place of the first character that no value beside it can hold; below 0 where there is none. */
function separatorIn(literal: string, ...beside: readonly (PatternPart | undefined)[]): number {
  return Array.from({ length: literal.length }, (_, at) => literal.charAt(at)).findIndex((character) =>
    beside.every((part) => part === undefined || typeof part === "string" || !canHold(part, character)),
  );
}

/** May this character stand in a captured value? Only a value of several segments has slashes. */
export function canHold({ isDeep }: Pick<Capture, "isDeep">, character: string): boolean {
  return plainCharacter.test(character) || (isDeep && character === "/");
}

function partsOf(piece: string): PatternPart[] {
  const parts: PatternPart[] = [];
  let rest = piece;
  for (let match = captureSyntax.exec(rest); match !== null; match = captureSyntax.exec(rest)) {
    const [whole, name = "", dots] = match;
    if (match.index > 0) parts.push(rest.slice(0, match.index));
    parts.push({ name, isDeep: dots !== undefined });
    rest = rest.slice(match.index + whole.length);
  }
  if (rest !== "") parts.push(rest);
  return parts;
}

function reversed(parts: readonly PatternPart[]): PatternPart[] {
  return parts.map((part) => (typeof part === "string" ? reverse(part) : part)).reverse();
}

/** By code units, which is enough to compare. */
function reverse(text: string): string {
  return text.split("").reverse().join("");
}

/**
 * What is wrong with a pattern, worded so that it can follow the field's name; `undefined` where nothing is.
 *
 * @example faultOfPattern("{a}-{b}") // "must have a character between {a} and {b} that no captured value can hold, …"
 */
export function faultOfPattern(pattern: string): string | undefined {
  const pieces = pattern.split("*").map(partsOf);
  if (pieces.flat().some((part) => typeof part === "string" && /[{}]/.test(part)))
    return "holds a brace that is no capture: write {name}, or {name...} for several segments";
  if (pieces.some((parts) => parts.some((part, at) => typeof part !== "string" && isDollar(parts[at - 1]))))
    return "has a $ before a capture: a pattern captures by {name}, without it";
  if (pieces.slice(1, -1).some((parts) => parts.some((part) => typeof part !== "string")))
    return "must not capture between two stars, where a value could be cut out in many ways";
  for (const [position, parts] of pieces.entries()) {
    const hasStarBefore = position > 0;
    const hasStarBehind = position < pieces.length - 1;
    const neighbours: (PatternPart | "*")[] = [
      ...(hasStarBefore ? ["*"] : []),
      ...parts,
      ...(hasStarBehind ? ["*"] : []),
    ];
    const fault = faultBetween(neighbours);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isDollar(part: PatternPart | undefined): boolean {
  return typeof part === "string" && part.endsWith("$");
}

/** Every two captures, and a capture and a star, need something between them that shows where a value ends. */
function faultBetween(parts: readonly PatternPart[]): string | undefined {
  for (const [position, part] of parts.entries()) {
    if (typeof part === "string") continue;
    for (const step of [1, -1]) {
      const beside = parts[position + step];
      const literal = typeof beside === "string" && beside !== "*" ? beside : "";
      const other = literal === "" ? beside : parts[position + 2 * step];
      if (other === undefined || separatorIn(literal, part, other) >= 0) continue;
      const names = typeof other === "string" ? `{${part.name}} and *` : `{${part.name}} and {${other.name}}`;
      return `must have a character between ${names} that no captured value can hold, such as : or /`;
    }
  }
  return undefined;
}
