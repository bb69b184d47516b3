import type { TrustedIssuer } from "../core/config.ts";
import { isLoopback } from "../net/loopback.ts";
import { requestOutward } from "../net/outward.ts";
import { type BoundedRequest, type BoundedResponse, request } from "../net/request.ts";
import { sourceOf } from "./jwks-source.ts";
import type { Jwk } from "./signature.ts";

const mostDiscoveryBytes = 65_536;
/** Some issuers publish sets of 90 kB, because each key comes with its chain of certificates. */
const mostJwksBytes = 524_288;

const mostUriCharacters = 2_048;

/** A step on the way to an issuer's keys. `parse` means that an answer came and cannot be read. */
export type FetchStep = "discovery" | "keys" | "parse";

/** An issuer's keys cannot be fetched. The message names the address and the cause, and nothing of the answer. */
export class FetchFailed extends Error {
  override readonly name = "FetchFailed";
  readonly step: FetchStep;

  constructor(step: FetchStep, message: string) {
    super(message);
    this.step = step;
  }
}

/**
 * Fetches an issuer's public keys, by discovery unless their address is configured. It follows only the `jwks_uri` of a
 * discovery document that names this very issuer. The `jwks_uri` may lead to this machine only if the configured issuer
 * is on this machine too.
 *
 * @param timeoutMs for discovery and keys together
 * @throws FetchFailed
 * @example const keys = await fetchJwks(issuer, 2_000);
 */
export async function fetchJwks(issuer: TrustedIssuer, timeoutMs: number): Promise<Jwk[]> {
  const startedAt = performance.now();
  const left = () => Math.max(1, timeoutMs - (performance.now() - startedAt));
  const source = sourceOf(issuer);

  if (issuer.jwksUri !== undefined) {
    const jwks = await getJson("keys", { url: source, maxBytes: mostJwksBytes, timeoutMs: left() }, request);
    return publicKeys(jwks, source);
  }
  const bounds = { url: source, maxBytes: mostDiscoveryBytes, timeoutMs: left() };
  const url = jwksUriOf(await getJson("discovery", bounds, request), issuer);
  const mayBeLoopback = isLoopback(new URL(issuer.issuer).hostname);
  const jwks = await getJson("keys", { url, maxBytes: mostJwksBytes, timeoutMs: left() }, (options) =>
    requestOutward(options, { mayBeLoopback }),
  );
  return publicKeys(jwks, url);
}

async function getJson(
  step: "discovery" | "keys",
  { url, ...bounds }: { url: string; maxBytes: number; timeoutMs: number },
  send: (options: BoundedRequest) => Promise<BoundedResponse>,
): Promise<unknown> {
  const { status, body } = await send({ method: "GET", url, ...bounds }).catch((error: Error) => {
    throw new FetchFailed(step, error.message);
  });
  if (status !== 200) throw new FetchFailed(step, `${url} answered ${status}`);
  try {
    // A reader may ignore a byte order mark (RFC 8259).
    return JSON.parse(body.replace(/^\ufeff/, ""));
  } catch {
    throw new FetchFailed("parse", `${url} is not JSON`);
  }
}

function jwksUriOf(document: unknown, issuer: TrustedIssuer): string {
  const { issuer: itself, jwks_uri: uri } = (document ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  const fail = (fault: string) => new FetchFailed("discovery", `${sourceOf(issuer)} ${fault}`);
  if (itself !== issuer.issuer) throw fail("is the discovery of another issuer");
  if (typeof uri !== "string" || !URL.canParse(uri)) throw fail("names no jwks_uri");
  const { protocol, username, password } = new URL(uri);
  // The operator's record quotes it.
  if (uri.length > mostUriCharacters || username !== "" || password !== "")
    throw fail(`names a jwks_uri that has a user or more than ${mostUriCharacters} characters`);
  // Only a local issuer may point to plain http: a remote one must not reach into this machine.
  if (protocol !== "https:" && !(protocol === "http:" && issuer.issuer.startsWith("http:")))
    throw fail("names a jwks_uri that is not https");
  return uri;
}

/** The members of a key that verifying needs. Certificates, most of a set, are dropped: stored sets must be small. */
const members = ["kty", "kid", "use", "alg", "key_ops", "n", "e", "crv", "x", "y"] as const;

/**
 * The keys of a JWKS by which an issuer's tokens may be verified. A symmetric key in a public document is no secret, and
 * a private key that was published proves nothing any more.
 */
function publicKeys(jwks: unknown, url: string): Jwk[] {
  const keys = (jwks as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new FetchFailed("parse", `${url} is not a JWKS`);
  return keys.map(withoutEmpty).filter(isPublicKey).map(verifyingPart);
}

/** Some issuers write members that a key does not have, as null or empty. */
function withoutEmpty(key: unknown): Jwk {
  const isEmpty = (value: unknown) =>
    value === null || value === "" || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(key ?? {}).filter(([, value]) => !isEmpty(value))) as Jwk;
}

/** What verifying needs of a key, and is worth storing. */
function verifyingPart(key: Jwk): Jwk {
  const own = members.filter((member) => Object.hasOwn(key, member));
  const part = Object.fromEntries(own.map((member) => [member, key[member]])) as unknown as Jwk;
  // These are two names of one algorithm (RFC 9864), and the curve says the same.
  if (part.crv === "Ed25519" && (part.alg === "EdDSA" || part.alg === "Ed25519")) delete part.alg;
  return part;
}

function isPublicKey(key: Jwk): boolean {
  const isAsymmetric = key.kty === "RSA" || key.kty === "EC" || key.kty === "OKP";
  return isAsymmetric && key["d"] === undefined && (key.key_ops === undefined || Array.isArray(key.key_ops));
}
