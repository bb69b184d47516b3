/** A claim's value as it stands in a verified token. */
export type ClaimValue = unknown;

/** The authenticated caller. Nothing here is secret: the token itself is not part of it. */
export interface Principal {
  /** Name of the issuer in the configuration, never what the token says of itself. */
  issuer: string;
  subject: string;
  claims: Readonly<Record<string, ClaimValue>>;
  /** How the caller proved itself. */
  kind: "oidc" | "aws" | "api-token";
  /** First 16 bytes, in hexadecimal, of the SHA-256 of the token: ties an audit record to a token without holding it. */
  tokenHash: string;
}
