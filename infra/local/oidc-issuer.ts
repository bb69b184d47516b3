import { OAuth2Server } from "oauth2-mock-server";

/** A running local issuer. It gives any token to anybody that can reach it, so that it must stay on loopback. */
export interface OidcIssuer {
  url: string;
  /** Makes a token with these claims. `sub` is `alice` and `aud` is `keyvend` unless the claims say otherwise. */
  token(claims?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

const usualClaims = { sub: "alice", aud: "keyvend" };

/**
 * Starts an OIDC issuer on loopback, with discovery and keys. `POST /token` takes the claims of the new token as JSON
 * in the form's field `claims`.
 *
 * @example const { url, token } = await startOidcIssuer(4_101)
 */
export async function startOidcIssuer(port: number): Promise<OidcIssuer> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  server.service.on(
    "beforeTokenSigning",
    (token: { payload: object }, { body }: { body: { claims?: string } }) => {
      Object.assign(token.payload, usualClaims, JSON.parse(body.claims ?? "{}"));
    },
  );
  await server.start(port, "127.0.0.1");
  const url = `http://127.0.0.1:${server.address().port}`;
  server.issuer.url = url;
  return {
    url,
    token: (claims = {}) =>
      server.issuer.buildToken({
        scopesOrTransform: (_, payload) => void Object.assign(payload, usualClaims, claims),
      }),
    close: () => server.stop(),
  };
}
