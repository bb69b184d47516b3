import { unauthenticated } from "./unauthenticated.ts";

/** RFC 6750's `b64token`, bare or after its scheme. It has no comma, so joined header values are never a token. */
const authorizationForm = /^(?:bearer +)?([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The token of a request: the AWS SDKs send it bare, and all other clients send it after `Bearer`.
 * Throws `VendError` `unauthenticated` if there is none, or more than one.
 *
 * @example bearerToken({ authorization: "Bearer eyJhbGciOi…" }) // "eyJhbGciOi…"
 */
export function bearerToken(headers: Readonly<Record<string, string | undefined>>): string {
  const values = Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === "authorization")
    .map(([, value]) => value ?? "");
  if (values.length > 1) throw unauthenticated("more than one Authorization header");
  const token = authorizationForm.exec(values[0]?.trim() ?? "")?.[1];
  if (token === undefined) throw unauthenticated("no token, or more than one, in Authorization");
  return token;
}
