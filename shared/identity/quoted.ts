/** Long enough for every real address of an issuer. */
const mostCharacters = 256;

/**
 * A value from a token, as JSON for the operator's record. Its length is bounded, and characters that are not text are
 * escaped.
 *
 * @example quoted(["sts.amazonaws.com"]) // '["sts.amazonaws.com"]'
 */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`;
}
