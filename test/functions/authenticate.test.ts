import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuthenticate } from "../../functions/authenticate.ts";
import { createIssuerKeys } from "../../shared/identity/jwks.ts";
import { createOidcVerifier } from "../../shared/identity/oidc.ts";
import { startIssuer, type TestIssuer, trustedIssuer } from "../identity/local-issuer.ts";
import { signingKey, signToken } from "../identity/sign-token.ts";

const now = Date.parse("2026-11-22T15:00:00Z");
const key = signingKey("ES256", "ours");
const apiToken = "kvt_known";
const iam = {
  userArn: "arn:aws:sts::111122223333:assumed-role/ingest/run-17",
  userId: "AROAEXAMPLE:run-17",
  accessKey: "ASIAIOSFODNN7EXAMPLE",
};

let issuer: TestIssuer;
let jwt: string;
let authenticate: ReturnType<typeof createAuthenticate>;

beforeAll(async () => {
  issuer = await startIssuer([key.jwk]);
  const claims = { iss: issuer.address, aud: "keyvend", sub: "alice", exp: now / 1_000 + 300 };
  jwt = signToken(key, claims);
  const known = (name: string, token: string) => ({
    name,
    sha256: createHash("sha256").update(token).digest("hex"),
    expiresAt: now + 1_000,
    claims: {},
  });
  authenticate = createAuthenticate({
    config: {
      awsAccounts: ["111122223333"],
      // If an operator configures the hash of something else, that text still does not become an API token.
      apiTokens: [known("ci-legacy", apiToken), known("a-jwt", jwt), known("a-password", "hunter2")],
    },
    oidc: createOidcVerifier({
      issuers: new Map([["corp", trustedIssuer(issuer.address, { name: "corp", algorithms: ["ES256"] })]]),
      keys: createIssuerKeys(),
    }),
  });
});
afterAll(() => issuer.stop());

interface Identified {
  authorizer?: "token" | "iam";
  authorization?: string;
  iamIdentity?: object | null | undefined;
}

function identify({ authorizer = "token", authorization, iamIdentity }: Identified) {
  const headers = { host: "keyvend.example", ...(authorization !== undefined && { authorization }) };
  return authenticate({ headers, iamIdentity }, authorizer, now);
}

/** The reason of a refusal, as the operator reads it. */
async function reason(request: Identified): Promise<unknown> {
  const outcome = await identify(request).catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: "unauthenticated" });
  return (outcome as Error).cause;
}

test("a JWT is an OIDC identity, and the caller has it for web-identity", async () => {
  expect(await identify({ authorization: `Bearer ${jwt}` })).toMatchObject({
    principal: { issuer: "corp", subject: "alice", kind: "oidc" },
    token: jwt,
  });
});

test("an API token is an identity, and the caller's result does not hold the token", async () => {
  for (const authorization of [apiToken, `Bearer ${apiToken}`]) {
    const caller = await identify({ authorization });
    expect(caller).toMatchObject({ principal: { subject: "ci-legacy", kind: "api-token" } });
    expect(JSON.stringify(caller)).not.toContain(apiToken);
  }
});

test("on an IAM route the IAM identity counts, and the header Authorization does not", async () => {
  for (const authorization of [undefined, "AWS4-HMAC-SHA256 Credential=…", jwt, apiToken]) {
    const caller = await identify({
      authorizer: "iam",
      iamIdentity: iam,
      ...(authorization && { authorization }),
    });
    expect(caller).toEqual({ principal: expect.objectContaining({ issuer: "aws", kind: "aws" }) });
  }
});

test("an API token is never tried as a JWT", async () => {
  for (const authorization of [`kvt_${jwt}`, `kvt_.${jwt}`, "kvt_a.b.c", "kvt_"]) {
    expect(await reason({ authorization })).toBe("no such API token");
  }
});

test("a token that does not begin like an API token is never tried as one", async () => {
  expect(await identify({ authorization: jwt })).toMatchObject({ principal: { kind: "oidc" } });
  for (const authorization of ["hunter2", "KVT_known", `x${apiToken}`, apiToken.slice(4)]) {
    expect(await reason({ authorization })).toBe("not three parts");
  }
});

test.each([undefined, null, {}])(
  "without an IAM identity (%j) there is no caller on an IAM route, whatever token is sent",
  async (iamIdentity) => {
    for (const authorization of ["", `Bearer ${jwt}`, apiToken, "AWS4-HMAC-SHA256 Credential=…"]) {
      const request = { authorizer: "iam", authorization, iamIdentity } as const;
      expect(await reason(request)).toBe("no IAM identity of a user or a role");
    }
  },
);

test("on a route for tokens an IAM identity counts for nothing", async () => {
  expect(await reason({ iamIdentity: iam })).toBe("no token, or more than one, in Authorization");
  expect(await identify({ iamIdentity: iam, authorization: jwt })).toMatchObject({
    principal: { kind: "oidc" },
  });
});
