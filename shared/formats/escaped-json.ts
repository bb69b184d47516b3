/**
 * What a terminal or a log viewer obeys, or shows as something else: C1 controls, formats (bidirectional controls, and
 * whatever has no width), and separators of lines and paragraphs. The rest, C0 controls and halves of surrogate pairs, is
 * escaped by `JSON.stringify`.
 */
const unprintable = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A value as JSON on one line, which shows what it holds: each character that is no text stands as `\uXXXX`. It is read
 * back the same.
 *
 * @example escapedJson({ name: "a\u202eb" }) // '{"name":"a\\u202eb"}'
 */
export function escapedJson(value: unknown): string {
  const json = JSON.stringify(value);
  // Nearly every text is plain, and a search for what is not costs a tenth of the other.
  if (!/[^ -~]/.test(json)) return json;
  return json.replace(unprintable, (character) => character.split("").map(escapeOf).join(""));
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
