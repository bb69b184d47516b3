import { createServer } from "node:http";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, onTestFinished, test } from "vitest";
import { createWorld, keysOf, refusalOf, webRoleArn } from "./world.ts";

/** An issuer that serves its public key, and a world that trusts it. */
async function createIssuer() {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256" }] });
  const server = createServer((_, response) => response.end(jwks));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(stop);
  const address = server.address();
  const issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const world = await createWorld({
    oidcProvider: { issuer, audiences: ["sts.amazonaws.com"], jwksUri: `${issuer}/jwks` },
  });

  const tokenOf = (claims: Record<string, unknown> = {}, key = privateKey) =>
    new SignJWT({ iss: issuer, sub: "job-7", aud: "sts.amazonaws.com", ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .setIssuedAt()
      .setExpirationTime((claims["exp"] as number) ?? "5m")
      .sign(key);
  const assume = (WebIdentityToken: string, RoleArn = webRoleArn) =>
    world
      .sts({ accessKeyId: "", secretAccessKey: "" })
      .send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "job", WebIdentityToken }));
  return { ...world, issuer, stop, tokenOf, assume };
}

test("a token of a trusted issuer is traded for the role's credentials, unsigned", async () => {
  const { assume, tokenOf, sts, issuer } = await createIssuer();
  const answer = await assume(await tokenOf());
  expect(answer).toMatchObject({
    SubjectFromWebIdentityToken: "job-7",
    Audience: "sts.amazonaws.com",
    Provider: `arn:aws:iam::123456789012:oidc-provider/${issuer.replace("http://", "")}`,
  });
  const identity = await sts(keysOf(answer.Credentials)).send(new GetCallerIdentityCommand());
  expect(identity.Arn).toBe("arn:aws:sts::123456789012:assumed-role/web/job");
});

test("a token that is forged, expired or for somebody else is refused, each by its own code", async () => {
  const { assume, tokenOf } = await createIssuer();
  const forger = await generateKeyPair("RS256");
  const refused = async (token: string | Promise<string>) => refusalOf(assume(await token));
  expect(await refused(tokenOf({}, forger.privateKey))).toEqual(["InvalidIdentityTokenException", 400]);
  expect(await refused("not.a.token")).toEqual(["InvalidIdentityTokenException", 400]);
  expect(await refused(tokenOf({ iss: "http://elsewhere" }))).toEqual(["InvalidIdentityTokenException", 400]);
  expect(await refused(tokenOf({ aud: "another" }))).toEqual(["InvalidIdentityTokenException", 400]);
  expect(await refused(tokenOf({ exp: 1_000 }))).toEqual(["ExpiredTokenException", 400]);
  expect(await refused(tokenOf({ sub: "job-8" }))).toEqual(["AccessDenied", 403]);
});

test("a token ends by the clock of the server", async () => {
  const { assume, tokenOf, clock } = await createIssuer();
  const token = await tokenOf();
  clock.aheadMs = 6 * 60_000;
  expect(await refusalOf(assume(token))).toEqual(["ExpiredTokenException", 400]);
});

test("a role that trusts users does not trust tokens", async () => {
  const { assume, tokenOf } = await createIssuer();
  const call = assume(await tokenOf(), "arn:aws:iam::123456789012:role/reader");
  expect(await refusalOf(call)).toEqual(["AccessDenied", 403]);
});

test("an issuer that does not answer is told apart from a bad token", async () => {
  const { assume, tokenOf, stop } = await createIssuer();
  stop();
  expect(await refusalOf(assume(await tokenOf()))).toEqual(["IDPCommunicationErrorException", 400]);
});
