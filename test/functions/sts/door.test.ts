/** The door for STS, by Amazon's own client and by requests as API Gateway hands them on. */
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clientKey, startDeployment, type TestDeployment, unspeakable } from "../deployment.ts";
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

const session = {
  AccessKeyId: expect.stringMatching(/^ASIA[A-Z0-9]{16}$/),
  SecretAccessKey: expect.stringMatching(/^.{30,}$/),
  SessionToken: expect.stringMatching(/^.{30,}$/),
  Expiration: expect.any(Date),
};

describe("AssumeRoleWithWebIdentity", () => {
  test("is answered to whoever has a token and a grant, and STS's other facts are told", async () => {
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

describe("refused:", () => {
  test("a role without a meaning", async () => {
    expect(await refusal(assume(catalog, { RoleArn: "arn:aws:iam::111122223333:role/other" }))).toMatch(
      /^403 AccessDenied: RoleArn stands for nothing here/,
    );
  });
});
