import type { Claims } from "./claims.ts";

/** The authenticated caller. Nothing here is secret: the token itself is not part of it. */
export interface Principal {
  /** Name of the issuer in the configuration, never what the token says of itself; else a reserved one. */
  issuer: string;
  /** `sub` of an OIDC token, ARN of an IAM user or role, name of an API token or of a client key. */
  subject: string;
  claims: Claims;
  /** How the caller proved itself. */
  kind: "oidc" | "aws" | "api-token" | "client-key";
  /**
   * First 16 bytes, in hexadecimal, of the SHA-256 of the token, or of the access key id that signed: ties an audit
   * record to it without holding it.
   */
  tokenHash: string;
}
