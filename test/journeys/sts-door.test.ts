/** The door for STS, by Amazon's own clients: what it vends is used at S3, inside and outside of its scope. */

import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localClientKey } from "../../infra/local/local-client-key.ts";
import { statusOf } from "../conformance/clients.ts";
import { stsClient } from "../functions/sts/sts-client.ts";
import { type LocalService, startLocalService } from "./local-service.ts";

const roleOf = (scope: string) => `arn:aws:iam::000000000000:role/keyvend/${scope}`;

let service: LocalService;
let catalog: STSClient;
let unsigned: STSClient;

beforeAll(async () => {
  service = await startLocalService((vending) => ({
    ...vending,
    stsRoleArns: {
      "arn:aws:iam::111122223333:role/of-trino": { storage: "federated", prefix: "tenants/acme/t1" },
    },
  }));
  const { id: accessKeyId, secret: secretAccessKey } = await localClientKey();
  catalog = stsClient(service.answer, { credentials: { accessKeyId, secretAccessKey } });
  unsigned = stsClient(service.answer);
});
afterAll(() => service?.close());

const assume = async (scope: string, input: Partial<AssumeRoleCommand["input"]> = {}) => {
  const RoleArn = scope.startsWith("arn:") ? scope : roleOf(scope);
  return catalog.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "a-job", ...input }));
};

/** The statuses of reading a key with what was vended; the S3 stand-in enforces session policies. */
function s3Of({
  AccessKeyId = "",
  SecretAccessKey = "",
  SessionToken = "",
}: Partial<Credentials> = {}): S3Client {
  return new S3Client({
    ...{ endpoint: service.backends.s3.url, region: "us-east-1", forcePathStyle: true, maxAttempts: 1 },
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
}

async function put(credentials: Partial<Credentials> | undefined, Key: string): Promise<number> {
  const s3 = s3Of(credentials);
  const status = await statusOf(s3.send(new PutObjectCommand({ Bucket: "lake", Key, Body: "content" })));
  s3.destroy();
  return Number(status);
}

async function get(credentials: Partial<Credentials> | undefined, Key: string): Promise<number> {
  const s3 = s3Of(credentials);
  const status = await statusOf(s3.send(new GetObjectCommand({ Bucket: "lake", Key })));
  s3.destroy();
  return Number(status);
}

async function refusal(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return expect.unreachable("it was not refused");
}

describe("AssumeRole", () => {
  test.each([
    ["assume-role", "tenants"],
    ["assume-role from the functions' own role", "own-role"],
    ["federation-token", "federated"],
  ])("by %s reaches the folder of the grant, and no other", async (_way, storage) => {
    const { Credentials: vended } = await assume(storage);
    expect(await put(vended, "tenants/acme/hello.txt")).toBe(200);
    expect(await get(vended, "tenants/acme/hello.txt")).toBe(200);
    expect(await put(vended, "tenants/globex/hello.txt")).toBe(403);
  });

  test("narrows by its role to a permission and a folder", async () => {
    const { Credentials: vended } = await assume("tenants/READ/tenants/acme/t1");
    await put((await assume("tenants")).Credentials, "tenants/acme/t1/a.txt");
    expect(await get(vended, "tenants/acme/t1/a.txt")).toBe(200);
    expect(await put(vended, "tenants/acme/t1/a.txt")).toBe(403);
    expect(await get(vended, "tenants/acme/hello.txt")).toBe(403);
  });

  test("of a role that the configuration maps reaches what it maps it to", async () => {
    const { Credentials: vended } = await assume("arn:aws:iam::111122223333:role/of-trino");
    expect(await put(vended, "tenants/acme/t1/b.txt")).toBe(200);
    expect(await put(vended, "tenants/acme/b.txt")).toBe(403);
  });

  test("narrows by a policy, as a catalog sends it for one table", async () => {
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:GetObjectVersion"],
          // Beyond the grant, whose part is what counts.
          Resource: ["arn:aws:s3:::lake/tenants/acme/t1/*", "arn:aws:s3:::lake/tenants/globex/*"],
        },
      ],
    });
    const { Credentials: vended, PackedPolicySize: size } = await assume("tenants", { Policy });
    expect(size).toBeGreaterThan(0);
    expect(await get(vended, "tenants/acme/t1/a.txt")).toBe(200);
    expect(await get(vended, "tenants/acme/hello.txt")).toBe(403);
    expect(await get(vended, "tenants/globex/hello.txt")).toBe(403);
    expect(await put(vended, "tenants/acme/t1/a.txt")).toBe(403);
  });

  test("is shared by all of a scope's callers, in one call to STS", async () => {
    const before = service.backends.sts.calls("AssumeRole");
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const { Credentials: vended } = await assume("tenants/WRITE", { RoleSessionName: `job-${at}` });
        return vended?.AccessKeyId;
      }),
    );
    expect(new Set(ids).size).toBe(1);
    expect(service.backends.sts.calls("AssumeRole")).toBe(before + 1);
    const names = new Set(service.log.slice(-20).map(({ audit }) => audit.callerSession));
    expect(names.size).toBe(20);
  });
});

describe("the other ways behind the door:", () => {
  test("session-token gives all of the storage, and nothing narrower", async () => {
    const { Credentials: vended } = await assume("lake");
    expect(await put(vended, "anywhere.txt")).toBe(200);
    for (const narrower of ["lake/READWRITE", "lake/READWRITE/tenants"])
      expect(await refusal(assume(narrower))).toMatch(/^AccessDenied: Storage lake issues by session-token/);
    const Policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
    expect(await refusal(assume("lake", { Policy }))).toMatch(/^AccessDenied: Storage lake/);
  });

  test("web-identity is for tokens only", async () => {
    expect(await refusal(assume("web-identity"))).toMatch(
      /^AccessDenied: Storage web-identity takes the tokens of OIDC issuers only/,
    );
    const token = await service.backends.issuer.token({ tenant: "acme" });
    const { Credentials: vended } = await unsigned.send(
      new AssumeRoleWithWebIdentityCommand({
        ...{ RoleArn: roleOf("web-identity"), RoleSessionName: "a-pod", WebIdentityToken: token },
      }),
    );
    expect(await put(vended, "tenants/acme/pod.txt")).toBe(200);
    expect(await put(vended, "tenants/globex/pod.txt")).toBe(403);
  });

  test.each([
    ["archive", "GET /v1/storages/archive/credentials gives its keys"],
    ["own-keys", "vends nothing: use keys of your own at http"],
  ])("%s has no sessions, and says what to use instead", async (storage, words) => {
    expect(await refusal(assume(storage))).toMatch(new RegExp(`^ValidationError: .*${words}`));
  });
});

test("AssumeRoleWithWebIdentity gives a tenant its own folder", async () => {
  const token = await service.backends.issuer.token({ sub: "globex-loader", tenant: "globex" });
  const { Credentials: vended, SubjectFromWebIdentityToken: subject } = await unsigned.send(
    new AssumeRoleWithWebIdentityCommand({
      ...{ RoleArn: roleOf("tenants"), RoleSessionName: "a-pod", WebIdentityToken: token },
    }),
  );
  expect(subject).toBe("globex-loader");
  expect(await put(vended, "tenants/globex/a.txt")).toBe(200);
  expect(await put(vended, "tenants/acme/a.txt")).toBe(403);
});

test("GetSessionToken gives what the client key's entry names", async () => {
  const { Credentials: vended } = await catalog.send(new GetSessionTokenCommand({}));
  expect(await put(vended, "tenants/acme/c.txt")).toBe(200);
  expect(await put(vended, "tenants/globex/c.txt")).toBe(403);
});

test("GetCallerIdentity tells a client key's name, and not what a vended session is", async () => {
  expect(await catalog.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: "arn:aws:sts::000000000000:assumed-role/keyvend/catalog",
  });
  const { Credentials: vended } = await assume("tenants");
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = vended ?? {};
  const session = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const client = stsClient(service.answer, { credentials: session });
  expect(await refusal(client.send(new GetCallerIdentityCommand({})))).toMatch(
    /^InvalidClientTokenId: This service cannot verify requests that are signed by a session/,
  );
});
