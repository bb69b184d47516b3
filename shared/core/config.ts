import type { Grant } from "./grant.ts";
import type { Storage } from "./storage.ts";

/** An OIDC issuer whose tokens are accepted. */
export interface TrustedIssuer {
  name: string;
  /** The `iss` of its tokens, compared exactly. */
  issuer: string;
  /** Any of these must be in `aud`. */
  audience: readonly string[];
  /** Signature algorithms that are accepted; never `none`, never a symmetric one. */
  algorithms: readonly string[];
  /** Absent: found by discovery under the issuer's address. */
  jwksUri?: string;
  clockToleranceSeconds: number;
  requiredClaims: readonly string[];
}

/** All that an operator configures, checked. Issuers and storages by their names; grants in the order written. */
export interface Config {
  issuers: ReadonlyMap<string, TrustedIssuer>;
  storages: ReadonlyMap<string, Storage>;
  grants: readonly Grant[];
}
