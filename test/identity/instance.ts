import { createIssuerKeys, type IssuerKeysOptions, type KeyTrouble } from "../../shared/identity/jwks.ts";
import { createOidcVerifier } from "../../shared/identity/oidc.ts";
import type { trustedIssuer } from "./local-issuer.ts";
import { type SigningKey, signToken } from "./sign-token.ts";

export const now = Date.parse("2026-11-22T15:00:00Z");
export const second = 1_000;
export const hour = 3_600_000;

interface Asking {
  at?: number;
  /** Default: that of the first configured issuer. */
  iss?: string;
  /** Default: the key's own `kid`. */
  kid?: string | undefined;
  alg?: string;
  exp?: number;
}

/** A verifier as one instance of the service has it. `ask` gives the answer to a caller whose token this key signed. */
export function startInstance(
  configured: ReturnType<typeof trustedIssuer> | readonly ReturnType<typeof trustedIssuer>[],
  options: IssuerKeysOptions = {},
) {
  const troubles: KeyTrouble[] = [];
  const causes: unknown[] = [];
  const issuers = [configured].flat();
  const keys = createIssuerKeys({
    onTrouble: (trouble) => troubles.push(trouble),
    timeoutMs: 60_000,
    ...options,
  });
  const verifier = createOidcVerifier({ issuers: new Map(issuers.map((one) => [one.name, one])), keys });

  async function ask(
    key: SigningKey,
    { at = now, iss = issuers[0]?.issuer, exp = at / 1_000 + 300, ...header }: Asking = {},
  ) {
    const payload = { iss, aud: "keyvend", sub: "someone", iat: at / 1_000 - 60, exp };
    const whole = { alg: key.algorithm, kid: key.jwk.kid, ...header };
    try {
      await verifier.verify(signToken(key, payload, whole), at);
      return "accepted";
    } catch (error) {
      const { code, retryAfterSeconds, cause } = error as Record<string, unknown>;
      causes.push(cause);
      return retryAfterSeconds === undefined ? String(code) : `${code}, ${retryAfterSeconds} s`;
    }
  }

  /** As before the first request of an instance. */
  const recall = (at = now) => Promise.all(issuers.map((one) => keys.recall(one, at)));

  return { ask, recall, troubles, causes };
}
