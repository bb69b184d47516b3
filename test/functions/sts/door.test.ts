/** The door for STS, by Amazon's own client and by requests as API Gateway hands them on. */
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lambdaContext } from "../context.ts";
import { clientKey, startDeployment, type TestDeployment } from "../deployment.ts";
import { httpEvent } from "../http-event.ts";
import { isServerDoor } from "../server/server-handler.ts";
import { formOf } from "./signed-post.ts";
import { post, stsClient } from "./sts-client.ts";

const tenants = "arn:aws:iam::000000000000:role/keyvend/tenants";
const lake = "arn:aws:iam::000000000000:role/keyvend/lake";

let deployment: TestDeployment;
let vend: Awaited<ReturnType<typeof startVend>>;
let token: string;
let catalog: STSClient;
let job: STSClient;
let unsigned: STSClient;

const startVend = () => deployment.coldStart("vend");

beforeAll(async () => {
  deployment = await startDeployment();
  vend = await startVend();
  token = await deployment.issuer.token({ sub: "alice", tenant: "acme" });
  catalog = stsClient(vend, { credentials: await clientKey("catalog") });
  job = stsClient(vend, { credentials: await clientKey("job") });
  unsigned = stsClient(vend);
});
afterAll(() => deployment?.close());
beforeEach(() => {
  deployment.log.length = 0;
});

/** The audit trail since the test began. */
function trail(): Record<string, unknown>[] {
  return deployment.log.flatMap((line) => JSON.parse(line).audit ?? []);
}

/** What a client makes of a refusal. */
async function refusal(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata: { httpStatusCode: number } };
    return `${$metadata?.httpStatusCode} ${name}: ${message}`;
  }
  return expect.unreachable("it was not refused");
}

const assume = (client: STSClient, input: Partial<AssumeRoleCommand["input"]> = {}) =>
  client.send(new AssumeRoleCommand({ RoleArn: tenants, RoleSessionName: "a-session", ...input }));
const withToken = (input: Partial<AssumeRoleWithWebIdentityCommand["input"]> = {}) =>
  unsigned.send(
    new AssumeRoleWithWebIdentityCommand({
      ...{ RoleArn: tenants, RoleSessionName: "a-session", WebIdentityToken: token },
      ...input,
    }),
  );

const webIdentity = {
  Action: "AssumeRoleWithWebIdentity",
  Version: "2011-06-15",
  RoleSessionName: "a-session",
};

const session = {
  AccessKeyId: expect.stringMatching(/^ASIA[A-Z0-9]{16}$/),
  SecretAccessKey: expect.stringMatching(/^.{30,}$/),
  SessionToken: expect.stringMatching(/^.{30,}$/),
  Expiration: expect.any(Date),
};

describe("AssumeRoleWithWebIdentity", () => {
  test("takes a token's file as many tools write it, with the end of its line", async () => {
    for (const end of ["\n", "\r\n"])
      expect(await withToken({ WebIdentityToken: `${token}${end}` })).toMatchObject({ Credentials: session });
  });

  test("is answered to a caller that has a token and a grant, and STS's other facts are told", async () => {
    const answer = await withToken();
    expect(answer).toMatchObject({
      Credentials: session,
      SubjectFromWebIdentityToken: "alice",
      Audience: "keyvend",
      Provider: deployment.issuer.url,
      AssumedRoleUser: {
        AssumedRoleId: "keyvend:alice",
        Arn: "arn:aws:sts::000000000000:assumed-role/keyvend/alice",
      },
    });
    expect(answer).not.toHaveProperty("PackedPolicySize");
    expect(trail()).toMatchObject([
      { decision: "vended", principal: "alice", storage: "tenants", callerSession: "a-session" },
    ]);
  });
});

describe("AssumeRole", () => {
  test("is answered to a client key", async () => {
    expect(await assume(catalog)).toMatchObject({ Credentials: session });
    expect(trail()).toMatchObject([
      {
        ...{ decision: "vended", principal: "catalog", issuer: "client-key", identity: "client-key" },
        ...{ storage: "tenants", targets: ["s3://lake/wh/"], permission: "READWRITE" },
      },
    ]);
  });

  test.each([
    [`${tenants}/READ`, ["s3://lake/wh/"], "READ"],
    [`${tenants}/READWRITE/wh/t1`, ["s3://lake/wh/t1/"], "READWRITE"],
    ["arn:aws:iam::111122223333:role/trino", ["s3://lake/wh/a/"], "READ"],
  ])("for the role %s", async (RoleArn, targets, permission) => {
    await assume(catalog, { RoleArn });
    expect(trail()).toMatchObject([{ decision: "vended", storage: "tenants", targets, permission }]);
  });

  test("shares the session of a scope, whatever its callers call it", async () => {
    const [one, other] = [
      await assume(catalog, { RoleSessionName: "one" }),
      await assume(catalog, { RoleSessionName: "other" }),
    ];
    expect(other.Credentials?.AccessKeyId).toBe(one.Credentials?.AccessKeyId);
  });
});

test("GetSessionToken is for the storage of the client key's entry, else for its one grant", async () => {
  expect(await catalog.send(new GetSessionTokenCommand({}))).toMatchObject({ Credentials: session });
  await job.send(new GetSessionTokenCommand({}));
  expect(trail()).toMatchObject([
    { principal: "catalog", storage: "lake" },
    { principal: "job", storage: "tenants", targets: ["s3://lake/job/"] },
  ]);
});

test("GetCallerIdentity tells the client key's name, and leaves no trace", async () => {
  expect(await catalog.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: "000000000000",
    Arn: "arn:aws:sts::000000000000:assumed-role/keyvend/catalog",
    UserId: "keyvend:catalog",
  });
  expect(deployment.log).toEqual([]);
});

/** A policy that allows reading a folder of the bucket. */
const policyFor = (folder: string, more: object = {}) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: [`arn:aws:s3:::lake/${folder}*`], ...more },
    ],
  });

describe("a policy", () => {
  test("narrows what is vended, and its size is told", async () => {
    const answer = await assume(catalog, { Policy: policyFor("wh/t1/") });
    expect(answer).toMatchObject({ Credentials: session, PackedPolicySize: expect.any(Number) });
    const other = await assume(catalog, { Policy: policyFor("wh/t2/") });
    expect(other.Credentials?.AccessKeyId).not.toBe(answer.Credentials?.AccessKeyId);
  });

  test.each([
    ["that is none", "{", /^400 MalformedPolicyDocument(Exception)?: /],
    [
      "that is not understood",
      policyFor("wh/", { Condition: { Bool: { "aws:SecureTransport": "true" } } }),
      /^400 MalformedPolicyDocument(Exception)?: /,
    ],
    ["that leaves nothing", policyFor("elsewhere/"), /^403 AccessDenied: /],
    ["that is too long", policyFor("wh/").padEnd(2_049), /^400 ValidationError: Policy must have length/],
  ])("%s is refused", async (_what, Policy, message) => {
    expect(await refusal(assume(catalog, { Policy }))).toMatch(message);
    expect(trail()).toMatchObject([{ decision: "refused", principal: "catalog" }]);
  });

  test("for a way that could not hold it is refused", async () => {
    expect(await refusal(assume(catalog, { RoleArn: lake, Policy: policyFor("wh/") }))).toMatch(
      /^403 AccessDenied: Storage lake issues by session-token, which cannot be narrowed/,
    );
  });
});

describe("a duration", () => {
  const secondsLeft = ({ Credentials }: { Credentials?: { Expiration?: Date | undefined } | undefined }) =>
    Math.round((Number(Credentials?.Expiration) - Date.now()) / 1_000);

  test("is what was asked for, of a session that lasts longer", async () => {
    expect(secondsLeft(await assume(catalog, { DurationSeconds: 900 }))).toBeCloseTo(900, -1);
    const [{ expiration, toldExpiration } = {}] = trail();
    expect(Date.parse(String(expiration)) - Date.parse(String(toldExpiration))).toBeGreaterThan(600_000);
  });

  test("is an hour where none was asked for, and twelve of GetSessionToken", async () => {
    expect(secondsLeft(await assume(catalog))).toBeCloseTo(3_600, -1);
    expect(secondsLeft(await catalog.send(new GetSessionTokenCommand({})))).toBeCloseTo(43_200, -1);
  });

  test("that is too long is refused with the maximum", async () => {
    expect(await refusal(assume(catalog, { DurationSeconds: 7_200 }))).toBe(
      "400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role: it must be at most 3600.",
    );
  });

  test("that is too short is refused", async () => {
    expect(await refusal(assume(catalog, { DurationSeconds: 899 }))).toBe(
      "400 ValidationError: DurationSeconds must have value greater than or equal to 900.",
    );
  });
});

describe("what a caller would believe in and nobody applies is refused:", () => {
  test.each<[string, Partial<AssumeRoleCommand["input"]>]>([
    ["PolicyArns.member.1.arn", { PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }] }],
    ["SourceIdentity", { SourceIdentity: "alice" }],
    ["SerialNumber", { SerialNumber: "arn:aws:iam::1:mfa/a" }],
    ["ProvidedContexts.member.1.ProviderArn", { ProvidedContexts: [{ ProviderArn: "arn:aws:iam::1:p/x" }] }],
  ])("%s", async (member, input) => {
    expect(await refusal(assume(catalog, input))).toBe(
      `400 ValidationError: ${member} is not supported here.`,
    );
    expect(trail()).toMatchObject([{ decision: "refused", principal: "catalog", code: "invalid_request" }]);
  });

  test("tags, but for those that the grant gives anyway", async () => {
    const Tags = [{ Key: "team", Value: "data" }];
    expect(await assume(job, { Tags })).toMatchObject({ Credentials: session });
    for (const wrong of [[{ Key: "team", Value: "other" }], [...Tags, { Key: "more", Value: "x" }]])
      expect(await refusal(assume(job, { Tags: wrong }))).toMatch(/^400 ValidationError: .*tags must be/);
    expect(await refusal(assume(catalog, { Tags }))).toMatch(/^400 ValidationError: .*tags must be/);
  });

  test("keys of tags that are to stay, where the way behind cannot keep them", async () => {
    const Tags = [{ Key: "team", Value: "data" }];
    for (const input of [{ TransitiveTagKeys: ["team"] }, { Tags, TransitiveTagKeys: ["team"] }])
      expect(await refusal(assume(job, input))).toMatch(/^400 ValidationError: .*transitiveTagKeys must be/);
  });
});

describe("a role", () => {
  test.each([
    "",
    "x",
    `${tenants}${"/a".repeat(2_000)}`,
    "arn:aws:iam::111122223333:role/other",
    `${tenants}/ADMIN`,
    `${tenants}/READ/../x`,
    "tenants-by-another-name",
  ])("that stands for nothing is refused, and nothing stands in for it: %s", async (RoleArn) => {
    for (const client of [catalog, job])
      expect(await refusal(assume(client, { RoleArn }))).toMatch(
        /^403 AccessDenied: RoleArn stands for nothing here/,
      );
  });

  test.each([
    [
      "of a storage without a grant",
      "arn:aws:iam:::role/keyvend/ungranted",
      "all that is granted of storage ungranted",
    ],
    ["of a storage that is none", "arn:aws:iam:::role/keyvend/nowhere/READ/a", "READ of storage nowhere"],
    ["beyond the grant's folder", `${tenants}/READ/other`, "READ on s3://lake/other/ of storage tenants"],
  ])("%s is refused with what was asked for", async (_what, RoleArn, asked) => {
    expect(await refusal(assume(catalog, { RoleArn }))).toBe(
      `403 AccessDenied: No grant of yours covers this request. The request was for ${asked}.`,
    );
  });

  test("may be left out by a caller that has one grant, and by no other", async () => {
    // Amazon's client sends what it is given, or nothing.
    const RoleArn = undefined;
    await assume(job, { RoleArn });
    expect(trail()).toMatchObject([{ principal: "job", storage: "tenants" }]);
    expect(await refusal(assume(catalog, { RoleArn }))).toBe(
      "403 AccessDenied: Several grants could be meant: name a storage, a permission and a folder in RoleArn.",
    );
    expect(await refusal(withToken({ RoleArn }))).toMatch(/^403 AccessDenied: Several grants/);
  });

  test("of a storage that vends nothing is refused with what to use instead", async () => {
    expect(await refusal(assume(catalog, { RoleArn: "arn:aws:iam:::role/keyvend/own-keys" }))).toMatch(
      /^400 ValidationError: Storage own-keys vends nothing: use keys of your own at https?:/,
    );
  });

  test("of a storage that is wrongly configured is refused for good", async () => {
    expect(await refusal(withToken({ RoleArn: "arn:aws:iam:::role/keyvend/half" }))).toMatch(
      /^403 AccessDenied: Storage half cannot issue credentials/,
    );
  });
});

test("a grant for some addresses holds for callers from there alone", async () => {
  const form = formOf({ ...webIdentity, RoleArn: lake.replace("lake", "office"), WebIdentityToken: token });
  const from = async (sourceIp: string) => {
    const event = httpEvent({ routeKey: "POST /", body: { text: form }, sourceIp });
    return (await vend(event, lambdaContext("r-1"))).statusCode;
  };
  expect([await from("198.51.100.7"), await from("192.0.2.1")]).toEqual([200, 403]);
});

describe("come back later", () => {
  test.each(["throttled", "unavailable"] as const)(
    "is 503 with the code Throttling, as every client tries again: %s",
    async (fault) => {
      deployment.sts.trouble.fault = fault;
      const RoleArn =
        fault === "throttled" ? `${lake.replace("lake", "busy")}` : lake.replace("lake", "away");
      const answer = await post(vend, {
        query: formOf({ ...webIdentity, RoleArn, WebIdentityToken: token }),
      });
      deployment.sts.trouble.fault = undefined;
      expect(answer.status).toBe(503);
      expect(answer.body).toContain("<Type>Receiver</Type><Code>Throttling</Code>");
      expect(answer.headers["Retry-After"]).toMatch(/^\d+$/);
    },
  );

  test.skipIf(isServerDoor)("also while the client keys cannot be read", async () => {
    const handler = await deployment.coldStart("vend", { CLIENT_KEYS_SECRET: "no-such-secret" });
    const client = stsClient(handler, { credentials: await clientKey("catalog") });
    expect(await refusal(assume(client))).toBe("503 Throttling: The client keys cannot be verified now.");
  });
});
