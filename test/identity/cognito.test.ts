import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { createIssuerKeys } from "../../shared/identity/jwks.ts";
import { createOidcVerifier } from "../../shared/identity/oidc.ts";
import { blocksOf } from "../documents/markdown.ts";
import { changed } from "../infra/config/document.ts";
import { startIssuer } from "./local-issuer.ts";
import { signingKey, signToken } from "./sign-token.ts";

const pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example";
const now = Date.parse("2026-11-22T15:00:00Z");

test("with the recipe's configuration, a machine's access token of Cognito is accepted and other clients' tokens are not", async () => {
  const key = signingKey("RS256", "A7pXCvMNTQ5CuVYkM9uDBX0c9t/3mMMU6sk7xCmXNrI=");
  const issuer = await startIssuer([key.jwk]);
  const [, recipe = ""] = blocksOf(readFileSync("infra/recipes/cognito.md", "utf8"), "yaml");
  const { issuers } = parse(recipe.replace(pool, issuer.address));
  const config = parseConfig(changed({ "issuers/cognito": issuers.cognito }));
  const verifier = createOidcVerifier({
    issuers: config.issuers,
    keys: createIssuerKeys({ timeoutMs: 60_000 }),
  });
  const accessToken = {
    ...{ sub: "1example23456789", token_use: "access", scope: "lake/read", client_id: "1example23456789" },
    ...{ iss: issuer.address, version: 2, jti: "9f2b", auth_time: now / 1_000 },
    ...{ iat: now / 1_000, exp: now / 1_000 + 3_600 },
  };
  const present = (change: object) =>
    verifier.verify(signToken(key, { ...accessToken, ...change }, { kid: key.jwk.kid, alg: "RS256" }), now);

  await expect(present({})).resolves.toMatchObject({ issuer: "cognito", subject: "1example23456789" });
  for (const change of [
    { client_id: "2example" },
    { token_use: "id" },
    { client_id: undefined, aud: "1example23456789", token_use: "id" },
  ])
    await expect(present(change)).rejects.toMatchObject({ code: "unauthenticated" });
  await issuer.stop();
});
