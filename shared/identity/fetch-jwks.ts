import type { JWK } from "jose";
import type { TrustedIssuer } from "../core/config.ts";
import { request } from "../net/request.ts";
import { sourceOf } from "./jwks-source.ts";

/** Bounds of a fetch; the time is for discovery and keys together. */
export interface FetchBounds {
  timeoutMs: number;
  maxBytes: number;
}

/**
 * Fetches an issuer's public keys, by discovery unless their address is configured. Nothing is followed but the
 * `jwks_uri` of a discovery document that names this very issuer. Throws what went wrong, for the operator.
 *
 * @example const keys = await fetchJwks(issuer, { timeoutMs: 2_000, maxBytes: 65_536 });
 */
export async function fetchJwks(issuer: TrustedIssuer, bounds: FetchBounds): Promise<JWK[]> {
  const startedAt = performance.now();
  const getJson = async (url: string): Promise<unknown> => {
    const timeoutMs = Math.max(1, bounds.timeoutMs - (performance.now() - startedAt));
    const { status, body } = await request({ method: "GET", url, timeoutMs, maxBytes: bounds.maxBytes });
    if (status !== 200) throw new Error(`${url} answered ${status}`);
    return JSON.parse(body);
  };
  const source = sourceOf(issuer);
  const document = await getJson(source);
  return publicKeys(issuer.jwksUri === undefined ? await getJson(jwksUriOf(document, issuer)) : document);
}

function jwksUriOf(document: unknown, issuer: TrustedIssuer): string {
  const { issuer: itself, jwks_uri: uri } = (document ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (itself !== issuer.issuer) throw new Error(`${sourceOf(issuer)} is the discovery of another issuer`);
  if (typeof uri !== "string" || !URL.canParse(uri)) throw new Error(`${sourceOf(issuer)} names no jwks_uri`);
  const { protocol } = new URL(uri);
  // Only a local issuer may point to plain http: a remote one must not reach into this machine.
  if (protocol !== "https:" && !(protocol === "http:" && issuer.issuer.startsWith("http:"))) {
    throw new Error(`${sourceOf(issuer)} names a jwks_uri that is not https`);
  }
  return uri;
}

/** The keys of a JWKS that can verify for an issuer. A symmetric key in a public document is no secret at all. */
function publicKeys(jwks: unknown): JWK[] {
  const keys = (jwks as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error("not a JWKS");
  return keys.filter((key: JWK | null) => key?.kty === "RSA" || key?.kty === "EC" || key?.kty === "OKP");
}
