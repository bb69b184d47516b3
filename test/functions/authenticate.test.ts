import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuthenticate } from "../../functions/authenticate.ts";
import type { HttpEvent } from "../../functions/http.ts";
import { createIssuerKeys } from "../../shared/identity/jwks.ts";
import { createOidcVerifier } from "../../shared/identity/oidc.ts";
import { type LocalIssuer, startIssuer, trusted } from "../identity/local-issuer.ts";
import { signingKey, signToken } from "../identity/sign-token.ts";

const NOW = Date.parse("2026-11-22T15:00:00Z");
const key = signingKey("ES256", "ours");
const apiToken = "kvt_known";
const iam = {
  userArn: "arn:aws:sts::111122223333:assumed-role/ingest/run-17",
  userId: "AROAEXAMPLE:run-17",
  accessKey: "ASIAIOSFODNN7EXAMPLE",
};

const bearerRoutes = ["GET /v1/storages", "GET /v1/storages/{storage}/credentials", "GET /v1/other"];
const iamRoutes = ["GET /v1/aws/storages", "GET /v1/aws/storages/{storage}/credentials"];

let issuer: LocalIssuer;
let jwt: string;
let authenticate: ReturnType<typeof createAuthenticate>;

beforeAll(async () => {
  issuer = await startIssuer([key.jwk]);
  const claims = { iss: issuer.address, aud: "keyvend", sub: "alice", exp: NOW / 1_000 + 300 };
  jwt = signToken(key, claims);
  const known = (name: string, token: string) => ({
    name,
    sha256: createHash("sha256").update(token).digest("hex"),
    expiresAt: NOW + 1_000,
    claims: {},
  });
  authenticate = createAuthenticate({
    config: {
      awsAccounts: ["111122223333"],
      // An operator who hashes something else than an API token gains nothing by it.
      apiTokens: [known("ci-legacy", apiToken), known("a-jwt", jwt), known("a-password", "hunter2")],
    },
    oidc: createOidcVerifier({
      issuers: new Map([["corp", trusted(issuer.address, { name: "corp", algorithms: ["ES256"] })]]),
      keys: createIssuerKeys(),
    }),
  });
});
afterAll(() => issuer.stop());

interface Request {
  route?: string;
  authorization?: string;
  authorizer?: object | undefined;
}

function identify({ route = "GET /v1/storages", authorization, authorizer }: Request) {
  const event = {
    routeKey: route,
    headers: { host: "keyvend.example", ...(authorization !== undefined && { authorization }) },
    requestContext: { routeKey: route, ...(authorizer && { authorizer }) },
  };
  return authenticate(event as unknown as HttpEvent, NOW);
}

/** Why the operator reads that it was refused. */
async function reason(request: Request): Promise<unknown> {
  const outcome = await identify(request).catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: "unauthenticated" });
  return (outcome as Error).cause;
}

test.each(bearerRoutes)("on %s a JWT is an OIDC identity, and goes on to web-identity", async (route) => {
  expect(await identify({ route, authorization: `Bearer ${jwt}` })).toMatchObject({
    principal: { issuer: "corp", subject: "alice", kind: "oidc" },
    token: jwt,
  });
});

test.each(bearerRoutes)("on %s an API token is itself, and goes nowhere", async (route) => {
  for (const authorization of [apiToken, `Bearer ${apiToken}`]) {
    const caller = await identify({ route, authorization });
    expect(caller).toMatchObject({ principal: { subject: "ci-legacy", kind: "api-token" } });
    expect(JSON.stringify(caller)).not.toContain(apiToken);
  }
});

test.each(iamRoutes)(
  "on %s the IAM identity counts, and what is in Authorization does not",
  async (route) => {
    for (const authorization of [undefined, "AWS4-HMAC-SHA256 Credential=…", jwt, apiToken]) {
      const caller = await identify({ route, authorizer: { iam }, ...(authorization && { authorization }) });
      expect(caller).toEqual({ principal: expect.objectContaining({ issuer: "aws", kind: "aws" }) });
    }
  },
);

test("an API token is never tried as a JWT", async () => {
  for (const authorization of [`kvt_${jwt}`, `kvt_.${jwt}`, "kvt_a.b.c", "kvt_"]) {
    expect(await reason({ authorization })).toBe("no such API token");
  }
});

test("what does not begin like an API token is never tried as one", async () => {
  expect(await identify({ authorization: jwt })).toMatchObject({ principal: { kind: "oidc" } });
  for (const authorization of ["hunter2", "KVT_known", `x${apiToken}`, apiToken.slice(4)]) {
    expect(await reason({ authorization })).toBe("not three parts");
  }
});

/** As serverless-offline makes it, which authorizes nobody on an IAM route. */
const unauthorized = { lambda: {}, jwt: { claims: {}, scopes: [] } };

test.each([
  ["no authorizer", undefined],
  ["an authorizer of another kind", unauthorized],
  ["nothing for an identity", { iam: null }],
])("no IAM identity, no caller, whatever token comes with it: %s", async (_, authorizer) => {
  for (const route of iamRoutes)
    for (const authorization of ["", `Bearer ${jwt}`, apiToken, "AWS4-HMAC-SHA256 Credential=…"]) {
      expect(await reason({ route, authorization, authorizer })).toBe("no IAM identity of a user or a role");
    }
});

test.each(bearerRoutes)("on %s an IAM identity is nobody's word", async (route) => {
  expect(await reason({ route, authorizer: { iam } })).toBe("no token, or more than one, in Authorization");
  expect(await identify({ route, authorizer: { iam }, authorization: jwt })).toMatchObject({
    principal: { kind: "oidc" },
  });
});
