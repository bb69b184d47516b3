import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { startOidcIssuer } from "../../infra/local/oidc-issuer.ts";
import { createIssue } from "../../shared/aws/issue.ts";
import { NoSlot } from "../../shared/vending/ports.ts";
import { keysOf, lakeKey, refusalOf, roleArn, webRoleArn } from "../infra/local/aws/world.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { createAws } from "./simulated-aws.ts";

// Each way against the emulated STS, which verifies signatures, trust policies and tokens.

/** The identity that STS gives for these credentials. */
async function identityOf(
  aws: Awaited<ReturnType<typeof createAws>>,
  session: { accessKeyId: string; secretAccessKey: string; sessionToken: string },
) {
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } = session;
  const keys = keysOf({ AccessKeyId, SecretAccessKey, SessionToken, Expiration: undefined });
  return (await aws.sts(keys).send(new GetCallerIdentityCommand())).Arn;
}

const scope = { bucket: "lake", prefixes: ["t1/"], permission: "READ" } as const;

test.each([
  ["session-token", {}, "iam::123456789012:user/lake-owner"],
  ["federation-token", {}, "sts::123456789012:federated-user/keyvend-lake"],
  ["assume-role", {}, "sts::123456789012:assumed-role/for-the-account/keyvend-lake"],
  ["assume-role", { roleArn, externalId: "blue" }, "sts::123456789012:assumed-role/reader/keyvend-lake"],
] as const)("%s %o issues a session of %s for the duration of the request", async (way, change, identity) => {
  const aws = await createAws();
  const storage = sampleStorage(way, { stsEndpoint: aws.stsServer.url, ...change });
  const session = await createIssue(aws.own)(sampleRequest(storage, { scope, durationSeconds: 1_800 }));
  expect(await identityOf(aws, session)).toBe(`arn:aws:${identity}`);
  expect(session.issuedAt).toBe(aws.clock.now());
  // STS speaks of whole seconds.
  expect(Math.ceil((session.expiration - session.issuedAt) / 1_000)).toBe(1_800);
  expect(aws.reads()).toBe(1);
});

test("an issue waits for its turn right before it asks STS, after it has read the long-term key", async () => {
  const aws = await createAws();
  const storage = sampleStorage("session-token", { stsEndpoint: aws.stsServer.url });
  const calls: number[] = [];
  const turn = async () => void calls.push(aws.reads(), aws.stsServer.calls("GetSessionToken"));
  await createIssue(aws.own)(sampleRequest(storage), { turn });
  expect([...calls, aws.stsServer.calls("GetSessionToken")]).toEqual([1, 0, 1]);
});

test("without a turn STS is not asked, and the failure is no refusal of STS's", async () => {
  const aws = await createAws();
  const storage = sampleStorage("session-token", { stsEndpoint: aws.stsServer.url });
  const none = async () => {
    throw new NoSlot("none");
  };
  await expect(createIssue(aws.own)(sampleRequest(storage), { turn: none })).rejects.toThrow(NoSlot);
  expect(aws.stsServer.calls("GetSessionToken")).toBe(0);
});

test("without a secret a role is assumed with the function's own credentials, and no secret is read", async () => {
  const aws = await createAws();
  const { secret: _, ...storage } = sampleStorage("assume-role", { stsEndpoint: aws.stsServer.url });
  const session = await createIssue(aws.own)(sampleRequest(storage));
  expect(await identityOf(aws, session)).toBe(
    "arn:aws:sts::123456789012:assumed-role/for-the-account/keyvend-lake",
  );
  expect(aws.reads()).toBe(0);
});

test("web-identity hands the caller's token to STS, unsigned and without any key", async () => {
  const issuer = await startOidcIssuer(0);
  const aws = await createAws({
    oidcProvider: { issuer: issuer.url, audiences: ["keyvend"], jwksUri: `${issuer.url}/jwks` },
  });
  const storage = sampleStorage("web-identity", { stsEndpoint: aws.stsServer.url, roleArn: webRoleArn });
  const webIdentityToken = await issuer.token({ sub: "job-7" });
  const session = await createIssue(aws.own)(sampleRequest(storage, { webIdentityToken }));
  expect(await identityOf(aws, session)).toBe("arn:aws:sts::123456789012:assumed-role/web/keyvend-lake");
  expect(aws.reads()).toBe(0);
  await issuer.close();
});

test("static hands out the long-term key itself, and makes an expiration up", async () => {
  const aws = await createAws({ clock: { now: () => 1_000 } });
  const { accessKeyId, secretAccessKey } = lakeKey;
  expect(await createIssue(aws.own)(sampleRequest(sampleStorage("static")))).toEqual({
    accessKeyId,
    secretAccessKey,
    sessionToken: "",
    issuedAt: 1_000,
    expiration: 3_601_000,
  });
});

test.each(["federation-token", "assume-role"] as const)(
  "%s sends the scope as a session policy",
  async (way) => {
    const aws = await createAws();
    const storage = sampleStorage(way, { stsEndpoint: aws.stsServer.url });
    const { accessKeyId, secretAccessKey, sessionToken } = await createIssue(aws.own)(
      sampleRequest(storage, { scope }),
    );
    const own = aws.s3();
    const vended = aws.s3({ accessKeyId, secretAccessKey, sessionToken });
    const inside = { Bucket: "lake", Key: "t1/a" };
    const sibling = { Bucket: "lake", Key: "t10/a" };
    for (const place of [inside, sibling]) await own.send(new PutObjectCommand({ ...place, Body: "x" }));

    expect(await refusalOf(vended.send(new GetObjectCommand(inside)))).toEqual(["not refused", 200]);
    expect(await refusalOf(vended.send(new GetObjectCommand(sibling)))).toEqual(["AccessDenied", 403]);
    const write = vended.send(new PutObjectCommand({ ...inside, Body: "y" }));
    expect(await refusalOf(write)).toEqual(["AccessDenied", 403]);
  },
);
