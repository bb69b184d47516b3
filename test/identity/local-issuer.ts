import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";
import type { TrustedIssuer } from "../../shared/core/config.ts";

/** An OIDC issuer on loopback, with as much of one as a verifier sees. */
export interface TestIssuer {
  /** Its `iss`. */
  address: string;
  /** The keys that it publishes. Tests may change them at any time. */
  keys: JWK[];
  /** The paths of all requests, in their order. */
  requestedPaths: string[];
  /** Listeners that answer instead of the issuer, by path. */
  instead: Map<string, RequestListener>;
  stop(): Promise<void>;
}

export const discoveryPath = "/.well-known/openid-configuration";

export async function startIssuer(keys: JWK[], tls?: { key: string; cert: string }): Promise<TestIssuer> {
  const listener: RequestListener = (req, res) => {
    const path = req.url ?? "";
    issuer.requestedPaths.push(path);
    const instead = issuer.instead.get(path);
    if (instead !== undefined) return instead(req, res);
    res.setHeader("content-type", "application/json");
    if (path === discoveryPath) {
      return res.end(JSON.stringify({ issuer: issuer.address, jwks_uri: `${issuer.address}/jwks` }));
    }
    return path === "/jwks" ? res.end(JSON.stringify({ keys: issuer.keys })) : res.writeHead(404).end();
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const issuer: TestIssuer = {
    address: `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    requestedPaths: [],
    instead: new Map(),
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
  return issuer;
}

/** The configuration of an issuer at this address, as an operator would write it. */
export function trustedIssuer(issuer: string, more: Partial<TrustedIssuer> = {}): TrustedIssuer {
  return {
    name: "ci",
    issuer,
    audience: ["keyvend"],
    algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
    clockToleranceSeconds: 30,
    tokenTypes: ["none", "application/jwt", "application/at+jwt"],
    requiredClaims: {},
    ...more,
  };
}
