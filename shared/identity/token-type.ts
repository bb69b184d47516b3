/** What a list of token types calls a token that has no `typ`. */
export const noTokenType = "none";

/**
 * A token's `typ` as the media type that it stands for (RFC 7515, 4.1.9), so that each type has one spelling. A value that
 * is not a string gives `undefined`: it is no type.
 *
 * @example tokenTypeOf("JWT") // "application/jwt"
 * @example tokenTypeOf(undefined) // "none"
 */
export function tokenTypeOf(typ: unknown): string | undefined {
  if (typ === undefined) return noTokenType;
  if (typeof typ !== "string") return undefined;
  const type = typ.toLowerCase();
  return type.includes("/") ? type : `application/${type}`;
}
