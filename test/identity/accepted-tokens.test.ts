import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TrustedIssuer } from "../../shared/core/config.ts";
import { createIssuerKeys } from "../../shared/identity/jwks.ts";
import { createOidcVerifier } from "../../shared/identity/oidc.ts";
import { hour, now, second } from "./instance.ts";
import { startIssuer, type TestIssuer, trustedIssuer } from "./local-issuer.ts";
import { signingKey, signToken } from "./sign-token.ts";

const [key, nextKey] = [signingKey("ES256", "first"), signingKey("ES256", "next")];
const minute = 60 * second;

let issuer: TestIssuer;
beforeEach(async () => {
  issuer = await startIssuer([key.jwk]);
});
afterEach(() => issuer.stop());

/** A verifier that counts how often it verifies a signature. */
function start(more: Partial<TrustedIssuer> = {}) {
  const trusted = trustedIssuer(issuer.address, more);
  const keys = createIssuerKeys({ timeoutMs: minute });
  const counts = { signatures: 0 };
  const counting = {
    ...keys,
    verifyBy: (...asked: Parameters<typeof keys.verifyBy>) => {
      counts.signatures += 1;
      return keys.verifyBy(...asked);
    },
  };
  const { verify } = createOidcVerifier({ issuers: new Map([["ci", trusted]]), keys: counting });
  const ask = (token: string, at = now) =>
    verify(token, at).then(
      ({ subject }) => subject,
      ({ code, cause }) => `${code}: ${cause}`,
    );
  return { ask, counts, trusted };
}

function tokenWith(claims: object = {}, header: object = {}): string {
  const usual = {
    iss: issuer.address,
    aud: "keyvend",
    sub: "alice",
    iat: now / 1_000,
    exp: (now + hour) / 1_000,
  };
  return signToken(key, { ...usual, ...claims }, { alg: "ES256", kid: "first", ...header });
}

describe("a token that was accepted", () => {
  test("is verified once in five minutes", async () => {
    const { ask, counts } = start();
    const token = tokenWith();
    for (const at of [now, now + second, now + 5 * minute - 1]) expect(await ask(token, at)).toBe("alice");
    expect(counts.signatures).toBe(1);
    expect(await ask(token, now + 5 * minute)).toBe("alice");
    expect(counts.signatures).toBe(2);
  });

  test("is verified anew by a clock that was set back", async () => {
    const { ask, counts } = start();
    const token = tokenWith();
    await ask(token);
    expect(await ask(token, now - second)).toBe("alice");
    expect(counts.signatures).toBe(2);
  });

  test("is refused at its end, and before that once it is too old", async () => {
    const { ask } = start({ maxTokenAgeSeconds: 120 });
    const token = tokenWith({ exp: now / 1_000 + 60 });
    const young = tokenWith();
    await ask(token);
    await ask(young);
    // The clock tolerance is half a minute.
    expect(await ask(token, now + 90 * second)).toBe('unauthenticated: issuers.ci: "exp" has passed');
    expect(await ask(young, now + 151 * second)).toBe(
      'unauthenticated: issuers.ci: "iat" is missing or too long ago',
    );
  });

  test("is verified anew within the tolerance after its end", async () => {
    const { ask, counts } = start();
    const token = tokenWith({ exp: now / 1_000 + 10 });
    await ask(token);
    expect(await ask(token, now + 10 * second)).toBe("alice");
    expect(counts.signatures).toBe(2);
  });

  test("is refused as soon as its issuer's keys were read without its own", async () => {
    const { ask } = start();
    const token = tokenWith();
    await ask(token);
    issuer.keys = [nextKey.jwk];
    expect(await ask(token, now + minute)).toBe("alice");
    // Another token brings the keys to be read.
    const other = { iss: issuer.address, aud: "keyvend", sub: "bob", exp: (now + hour) / 1_000 };
    expect(await ask(signToken(nextKey, other, { alg: "ES256", kid: "next" }), now + minute)).toBe("bob");
    expect(await ask(token, now + minute)).toContain("unauthenticated: issuers.ci: none of the 1 keys fits");
  });

  test("is not known where its keys are too old to be used and no others come", async () => {
    const { ask } = start();
    const token = tokenWith({ exp: (now + 48 * hour) / 1_000 });
    await ask(token);
    issuer.instead.set("/jwks", (_, response) => response.writeHead(500).end());
    expect(await ask(token, now + 24 * hour - second)).toBe("alice");
    expect(await ask(token, now + 24 * hour)).toContain("unavailable");
  });

  test("meets the configuration each time", async () => {
    const { ask, counts, trusted } = start();
    const token = tokenWith({ team: "data" });
    await ask(token);
    const changes: [Partial<TrustedIssuer>, string][] = [
      [{ audience: ["another"] }, 'unexpected "aud": "keyvend"'],
      [{ requiredClaims: { team: ["web"] } }, 'unexpected "team": "data"'],
      [{ algorithms: ["RS256"] }, 'alg is not accepted: "ES256"'],
      [{ tokenTypes: ["application/at+jwt"] }, "typ is not accepted: nothing"],
    ];
    for (const [change, reason] of changes) {
      const usual = { ...trusted };
      Object.assign(trusted, change);
      expect(await ask(token)).toBe(`unauthenticated: issuers.ci: ${reason}`);
      Object.assign(trusted, usual);
    }
    expect(counts.signatures).toBe(1);
    expect(await ask(token)).toBe("alice");
  });

  test("says nothing for a token that differs in one character", async () => {
    const { ask } = start();
    const token = tokenWith();
    await ask(token);
    const [header, payload, signature = ""] = token.split(".");
    const other = signature.startsWith("A") ? "B" : "A";
    expect(await ask(`${header}.${payload}.${other}${signature.slice(1)}`)).toContain(
      "signature verification failed",
    );
    expect(await ask(`${token}=`)).toContain("not canonical base64url");
  });
});

describe("the memory of tokens", () => {
  test("has no refusals: a token that is signed and not accepted is verified each time", async () => {
    const { ask, counts } = start();
    const token = tokenWith({ aud: "another" });
    for (let n = 0; n < 3; n++) expect(await ask(token)).toContain('unexpected "aud"');
    expect(counts.signatures).toBe(3);
  });

  test("loses none for tokens that are signed and not accepted", async () => {
    const { ask, counts } = start();
    const token = tokenWith();
    await ask(token);
    for (let n = 0; n < 1_000; n++) await ask(tokenWith({ aud: "another", n }));
    counts.signatures = 0;
    await ask(token);
    expect(counts.signatures).toBe(0);
  });

  test("holds a thousand: the oldest makes room", async () => {
    const { ask, counts } = start();
    const tokens = Array.from({ length: 1_001 }, (_, n) => tokenWith({ n }));
    for (const token of tokens) await ask(token);
    counts.signatures = 0;
    for (const token of tokens.slice(1)) await ask(token);
    expect(counts.signatures).toBe(0);
    await ask(tokens[0] as string);
    expect(counts.signatures).toBe(1);
  });
});
