/**
 * Whether a pattern of CloudWatch Logs takes a line, as far as ours go: members of a JSON line compared with texts, joined by `&&`; or
 * terms of which one is enough. Anything else is an error.
 *
 * @example filterTakes('{ $.status = "429" && $.route != "GET /" }', line); filterTakes('?ERROR ?"timed out"', line)
 */
export function filterTakes(pattern: string, line: string): boolean {
  const [, terms] = /^\{ (.+) \}$/.exec(pattern) ?? [];
  if (terms !== undefined) return terms.split(" && ").every((term) => comparisonHolds(term, line));
  const words = Array.from(
    pattern.matchAll(/\?(?:"([^"]+)"|(\w+))(?: |$)/g),
    ([, quoted, bare]) => quoted ?? bare ?? "",
  );
  if (words.length === 0) throw new Error(`This pattern is not understood: ${pattern}`);
  return words.some((word) => line.includes(word));
}

function comparisonHolds(comparison: string, line: string): boolean {
  const [, path = "", operator, text] = /^\$\.([\w.]+) (!?=) "([^"]*)"$/.exec(comparison) ?? [];
  if (operator === undefined) throw new Error(`This comparison is not understood: ${comparison}`);
  const member = path.split(".").reduce<unknown>((value, name) => Object(value)[name], parsed(line));
  // A comparison with what is not there never holds.
  return member !== undefined && (member === text) === (operator === "=");
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
