/**
 * Does the whole text match the pattern, in which `*` stands for any run of characters?
 * One pass over the pieces between the stars, no backtracking and no regular expression.
 *
 * @example matchesGlob("repo:acme/*", "repo:acme/lake") // true
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [first = "", ...pieces] = pattern.split("*");
  const last = pieces.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, position);
    if (found < 0) return false;
    position = found + piece.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}
