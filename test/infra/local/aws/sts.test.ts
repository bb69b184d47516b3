import { randomBytes } from "node:crypto";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import {
  accountRoleArn,
  anybodysRoleArn,
  barredKey,
  createWorld,
  folderPolicy,
  guestKey,
  keysOf,
  lakeKey,
  refusalOf,
  roleArn,
  sessionRoleArn,
} from "./world.ts";

const assume = { RoleArn: roleArn, RoleSessionName: "job" };

test("a long-term key is told who it belongs to", async () => {
  const { sts } = await createWorld();
  expect(await sts().send(new GetCallerIdentityCommand())).toMatchObject({
    Arn: "arn:aws:iam::123456789012:user/lake-owner",
    Account: "123456789012",
    UserId: expect.stringMatching(/^AIDA/),
  });
});

test("a session lasts as long as was asked for, or twelve hours", async () => {
  const { clock, sts } = await createWorld();
  const asked = await sts().send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const unasked = await sts().send(new GetSessionTokenCommand());
  // STS speaks of whole seconds.
  const seconds = (expiration?: Date) => Math.ceil(((expiration?.getTime() ?? 0) - clock.now()) / 1_000);
  expect(seconds(asked.Credentials?.Expiration)).toBe(900);
  expect(seconds(unasked.Credentials?.Expiration)).toBe(43_200);
  expect(asked.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
});

test.each([899, 129_601])("a session of %i seconds is refused", async (DurationSeconds) => {
  const { sts } = await createWorld();
  const call = sts().send(new GetSessionTokenCommand({ DurationSeconds }));
  expect(await refusalOf(call)).toEqual(["ValidationError", 400]);
});

test("a session of a user is the user, and makes no further sessions of its kind", async () => {
  const { sts } = await createWorld();
  const { Credentials } = await sts().send(new GetSessionTokenCommand());
  const session = sts(keysOf(Credentials));
  const identity = await session.send(new GetCallerIdentityCommand());
  expect(identity.Arn).toBe("arn:aws:iam::123456789012:user/lake-owner");
  expect(await refusalOf(session.send(new GetSessionTokenCommand()))).toEqual(["AccessDenied", 403]);
  const federation = session.send(new GetFederationTokenCommand({ Name: "job" }));
  expect(await refusalOf(federation)).toEqual(["AccessDenied", 403]);
  expect(await refusalOf(session.send(new AssumeRoleCommand(assume)))).toEqual(["not refused", 200]);
});

test("a federated user may ask who it is and call nothing else of STS", async () => {
  const { sts } = await createWorld();
  const answer = await sts().send(
    new GetFederationTokenCommand({ Name: "job", Policy: folderPolicy("t1/") }),
  );
  expect(answer.PackedPolicySize).toBeGreaterThan(0);
  expect(answer.FederatedUser?.Arn).toBe("arn:aws:sts::123456789012:federated-user/job");
  const session = sts(keysOf(answer.Credentials));
  const identity = await session.send(new GetCallerIdentityCommand());
  expect(identity.Arn).toBe(answer.FederatedUser?.Arn);
  expect(await refusalOf(session.send(new AssumeRoleCommand(assume)))).toEqual(["AccessDenied", 403]);
  expect(await refusalOf(session.send(new GetSessionTokenCommand()))).toEqual(["AccessDenied", 403]);
});

test("a federation token is for those whose policies allow it, under a fitting name", async () => {
  const { sts } = await createWorld();
  const guests = sts(guestKey).send(new GetFederationTokenCommand({ Name: "job" }));
  expect(await refusalOf(guests)).toEqual(["AccessDenied", 403]);
  for (const Name of ["j", "j".repeat(33), "job/7"]) {
    const misnamed = sts().send(new GetFederationTokenCommand({ Name }));
    expect(await refusalOf(misnamed)).toEqual(["ValidationError", 400]);
  }
});

test("a role is assumed under the session's name, by whom it trusts", async () => {
  const { sts } = await createWorld();
  const answer = await sts().send(
    new AssumeRoleCommand({
      ...assume,
      ExternalId: "blue",
      SourceIdentity: "alice",
      Policy: folderPolicy("t1/"),
    }),
  );
  expect(answer.AssumedRoleUser?.Arn).toBe("arn:aws:sts::123456789012:assumed-role/reader/job");
  expect(answer.SourceIdentity).toBe("alice");
  const identity = await sts(keysOf(answer.Credentials)).send(new GetCallerIdentityCommand());
  expect(identity.Arn).toBe(answer.AssumedRoleUser?.Arn);

  const wrongId = sts().send(new AssumeRoleCommand({ ...assume, ExternalId: "red" }));
  expect(await refusalOf(wrongId)).toEqual(["AccessDenied", 403]);
  const untrusted = sts(guestKey).send(new AssumeRoleCommand(assume));
  expect(await refusalOf(untrusted)).toEqual(["AccessDenied", 403]);
  const unknown = sts().send(new AssumeRoleCommand({ ...assume, RoleArn: `${roleArn}-gone` }));
  expect(await refusalOf(unknown)).toEqual(["AccessDenied", 403]);
});

test("a caller's own policies may forbid it a role that trusts it by name", async () => {
  const { sts } = await createWorld();
  expect(await refusalOf(sts(barredKey).send(new AssumeRoleCommand(assume)))).toEqual(["AccessDenied", 403]);
});

test("a role that trusts the account leaves the rest to the caller's own policies", async () => {
  const { sts } = await createWorld();
  const request = new AssumeRoleCommand({ ...assume, RoleArn: accountRoleArn });
  expect(await refusalOf(sts(lakeKey).send(request))).toEqual(["not refused", 200]);
  expect(await refusalOf(sts(guestKey).send(request))).toEqual(["AccessDenied", 403]);
});

test("a session policy narrows a role's session where its role is trusted, and not where it is trusted itself", async () => {
  const { sts } = await createWorld();
  const scoped = await sts().send(new AssumeRoleCommand({ ...assume, Policy: folderPolicy("t1/") }));
  const whole = await sts().send(new AssumeRoleCommand(assume));
  const outcome = (from: typeof scoped, RoleArn: string) =>
    refusalOf(sts(keysOf(from.Credentials)).send(new AssumeRoleCommand({ ...assume, RoleArn })));
  // The role `reader` trusts itself.
  expect(await outcome(whole, roleArn)).toEqual(["not refused", 200]);
  expect(await outcome(scoped, roleArn)).toEqual(["AccessDenied", 403]);
  expect(await outcome(scoped, accountRoleArn)).toEqual(["AccessDenied", 403]);
  expect(await outcome(scoped, sessionRoleArn)).toEqual(["not refused", 200]);
});

test("a role that trusts everybody is open to users without policies, to sessions with one, and not against a Deny", async () => {
  const { sts } = await createWorld();
  const request = new AssumeRoleCommand({ ...assume, RoleArn: anybodysRoleArn });
  expect(await refusalOf(sts(guestKey).send(request))).toEqual(["not refused", 200]);
  const { Credentials } = await sts().send(new AssumeRoleCommand({ ...assume, Policy: folderPolicy("t1/") }));
  expect(await refusalOf(sts(keysOf(Credentials)).send(request))).toEqual(["not refused", 200]);
  expect(await refusalOf(sts(barredKey).send(request))).toEqual(["AccessDenied", 403]);
});

test("a session of a role makes no sessions of users", async () => {
  const { sts } = await createWorld();
  const { Credentials } = await sts().send(new AssumeRoleCommand(assume));
  const session = sts(keysOf(Credentials));
  expect(await refusalOf(session.send(new GetSessionTokenCommand()))).toEqual(["AccessDenied", 403]);
  const federation = session.send(new GetFederationTokenCommand({ Name: "job" }));
  expect(await refusalOf(federation)).toEqual(["AccessDenied", 403]);
});

test("a trust policy that does not let sessions be tagged refuses tags", async () => {
  const { sts } = await createWorld();
  const Tags = [{ Key: "team", Value: "blue" }];
  const tagged = (RoleArn: string) => sts().send(new AssumeRoleCommand({ ...assume, RoleArn, Tags }));
  expect(await refusalOf(tagged(roleArn))).toEqual(["not refused", 200]);
  expect(await refusalOf(tagged(accountRoleArn))).toEqual(["AccessDenied", 403]);
  const twice = [...Tags, { Key: "Team", Value: "red" }];
  const call = sts().send(new AssumeRoleCommand({ ...assume, Tags: twice }));
  expect(await refusalOf(call)).toEqual(["InvalidParameterValue", 400]);
});

test("a role is assumed for its maximum at most, and for an hour at most from a role", async () => {
  const { sts } = await createWorld();
  const lasting = (DurationSeconds: number) => new AssumeRoleCommand({ ...assume, DurationSeconds });
  const { Credentials } = await sts().send(lasting(7_200));
  expect(await refusalOf(sts().send(lasting(7_201)))).toEqual(["ValidationError", 400]);
  const chained = sts(keysOf(Credentials));
  expect(await refusalOf(chained.send(lasting(3_601)))).toEqual(["ValidationError", 400]);
  expect(await refusalOf(chained.send(lasting(3_600)))).toEqual(["not refused", 200]);
});

test("a source identity stays what it was along a chain", async () => {
  const { sts } = await createWorld();
  const { Credentials } = await sts().send(new AssumeRoleCommand({ ...assume, SourceIdentity: "alice" }));
  const chained = sts(keysOf(Credentials));
  expect((await chained.send(new AssumeRoleCommand(assume))).SourceIdentity).toBe("alice");
  const changed = chained.send(new AssumeRoleCommand({ ...assume, SourceIdentity: "mallory" }));
  expect(await refusalOf(changed)).toEqual(["AccessDenied", 403]);
});

test("a policy that is none, too long or too large when packed is refused, each by its own code", async () => {
  const { sts } = await createWorld();
  const withPolicy = (Policy: string) => refusalOf(sts().send(new AssumeRoleCommand({ ...assume, Policy })));
  expect(await withPolicy('{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}')).toEqual([
    "MalformedPolicyDocumentException",
    400,
  ]);
  expect(await withPolicy(" ".repeat(2_049))).toEqual(["ValidationError", 400]);
  const noise = `arn:aws:s3:::lake/${randomBytes(1_200).toString("base64url")}`;
  const dense = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: noise },
  });
  expect(await withPolicy(dense)).toEqual(["PackedPolicyTooLargeException", 400]);
});

test("what would narrow a session and is not emulated is refused, not ignored", async () => {
  const { sts } = await createWorld();
  const arns = new AssumeRoleCommand({
    ...assume,
    PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
  });
  expect(await refusalOf(sts().send(arns))).toEqual(["ValidationError", 400]);
});

test("a wrong secret, an unknown key and a tampered or foreign token are refused", async () => {
  const { sts } = await createWorld();
  const { sts: elsewhere } = await createWorld();
  const identity = new GetCallerIdentityCommand();
  const { Credentials } = await sts().send(new GetSessionTokenCommand());
  const keys = keysOf(Credentials);
  const refused = async (wrong: Partial<typeof keys>) => refusalOf(sts({ ...keys, ...wrong }).send(identity));

  expect(await refused({ secretAccessKey: "wrong" })).toEqual(["SignatureDoesNotMatch", 403]);
  const tampered = (keys.sessionToken[20] === "A" ? "B" : "A") + keys.sessionToken.slice(21);
  expect(await refused({ sessionToken: keys.sessionToken.slice(0, 20) + tampered })).toEqual([
    "InvalidClientTokenId",
    403,
  ]);
  // Base64 decoders skip what is no base64, and would take this for the same token.
  expect(await refused({ sessionToken: `${keys.sessionToken}*` })).toEqual(["InvalidClientTokenId", 403]);
  expect(await refused({ accessKeyId: "ASIA0000000000000000" })).toEqual(["InvalidClientTokenId", 403]);
  const { sessionToken: _, ...tokenless } = keys;
  expect(await refusalOf(sts(tokenless).send(identity))).toEqual(["InvalidClientTokenId", 403]);
  expect(await refusalOf(elsewhere(keys).send(identity))).toEqual(["InvalidClientTokenId", 403]);
});

test("an expired session is refused as expired", async () => {
  const { sts, clock } = await createWorld();
  const { Credentials } = await sts().send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const session = sts(keysOf(Credentials));
  clock.aheadMs = 898_000;
  expect(await refusalOf(session.send(new GetCallerIdentityCommand()))).toEqual(["not refused", 200]);
  clock.aheadMs = 901_000;
  expect(await refusalOf(session.send(new GetCallerIdentityCommand()))).toEqual(["ExpiredToken", 403]);
});

test("calls are counted, slowed down and failed as a test wants it", async () => {
  const { sts, stsServer } = await createWorld();
  const call = () => refusalOf(sts().send(new GetSessionTokenCommand()));
  stsServer.trouble.fault = "throttled";
  expect(await call()).toEqual(["Throttling", 400]);
  stsServer.trouble.fault = "unavailable";
  expect(await call()).toEqual(["ServiceUnavailable", 503]);
  stsServer.trouble.fault = undefined;
  stsServer.trouble.latencyMs = 60;
  const before = Date.now();
  expect(await call()).toEqual(["not refused", 200]);
  expect(Date.now() - before).toBeGreaterThanOrEqual(55);
  // Two attempts for each fault.
  expect(stsServer.calls("GetSessionToken")).toBe(5);
  expect(stsServer.calls()).toBe(5);
  expect(stsServer.calls("AssumeRole")).toBe(0);
});
