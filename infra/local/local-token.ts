/**
 * Fetches a token from the issuer of a running emulation. `sub` is `alice` and `aud` is `keyvend` unless the claims say
 * otherwise.
 *
 * @throws Error that says how to start the emulation if it does not run.
 * @example await localToken(localPorts(4_100).issuer, { sub: "bob" })
 */
export async function localToken(issuerPort: number, claims: object = {}): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${issuerPort}/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", claims: JSON.stringify(claims) }),
  }).catch(() => {
    throw new Error(
      `No issuer listens on port ${issuerPort}: run npm start first, or give its port with --port.`,
    );
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}
