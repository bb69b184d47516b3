/** Long enough for any address of an issuer that somebody meant. */
const mostCharacters = 256;

/**
 * A value that a token brought, as JSON for the operator's record: bounded, and escaped where it would not be text.
 *
 * @example quoted(["sts.amazonaws.com"]) // '["sts.amazonaws.com"]'
 */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`;
}
