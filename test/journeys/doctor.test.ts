/** The doctor finds each fault that is planted, names it as that fault and no other, and finds none where there is none. */
import { randomBytes } from "node:crypto";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { diagnose } from "../../infra/doctor/diagnose.ts";
import { type CheckName, checks } from "../../infra/doctor/finding.ts";
import { newUserKey } from "../../infra/local/aws/identities.ts";
import { createS3Server, type S3Options } from "../../infra/local/aws/s3.ts";
import type { Backends } from "../../infra/local/backends.ts";
import { functionsRole, localRoles, operatorKey } from "../../infra/local/local-account.ts";
import type { StorageSummary } from "../../shared/contract.ts";
import { type Examined, startExamined } from "./examined.ts";
import type { LocalService, Vending } from "./local-service.ts";

const dayMs = 86_400_000;
const account = "arn:aws:iam::123456789012";
const operator = { region: "us-east-1", credentials: operatorKey };

/** Ends with the test. */
function ending<T extends { destroy(): void }>(client: T): T {
  onTestFinished(() => client.destroy());
  return client;
}

const iamOf = ({ iam }: Backends) => ending(new IAMClient({ ...operator, endpoint: iam.url }));

interface Statement {
  Principal: Record<string, unknown>;
  Condition: Record<string, Record<string, unknown>>;
}

/** Changes the one statement of a role's trust policy. */
async function trust(
  backends: Backends,
  RoleName: string,
  change: (statement: Statement) => object,
): Promise<void> {
  const iam = iamOf(backends);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const policy = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
  const PolicyDocument = JSON.stringify({ ...policy, Statement: [change(policy.Statement[0])] });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
}

function policy(Action: string, Resource: string): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] });
}

async function putSecret(
  { secretsManager }: Backends,
  SecretId: string,
  SecretString: string,
): Promise<void> {
  const client = ending(new SecretsManagerClient({ ...operator, endpoint: secretsManager.url }));
  await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
}

/** The configuration with some settings of one storage changed. */
function withStorage(name: string, settings: object, { storages, ...rest }: Vending): Vending {
  return { ...rest, storages: { ...storages, [name]: { ...storages[name], ...settings } } };
}

/** The same with another store, which the storages have to themselves. */
const withStore =
  (options: Partial<S3Options>, settings: object = {}) =>
  async (vending: Vending, { realm }: Backends): Promise<Vending> => {
    const s3 = await createS3Server({ ...realm, buckets: ["lake"], ...options });
    onTestFinished(() => s3.close());
    return withStorage("lake", { endpoint: s3.url, ...settings }, vending);
  };

/** A service that answers some requests otherwise, where it answers them at all. */
const lying =
  (routeKey: string, change: (answer: Record<string, unknown>) => object) =>
  (service: LocalService): LocalService => ({
    ...service,
    async answer(event) {
      const result = await service.answer(event);
      if (event.routeKey !== routeKey || result.statusCode !== 200) return result;
      return { ...result, body: JSON.stringify(change(JSON.parse(result.body ?? "{}"))) };
    },
  });

interface PlantedFault {
  fault: string;
  /** Of the service's configuration, and of the one that the doctor has. */
  change?: (vending: Vending, backends: Backends) => Vending | Promise<Vending>;
  lie?: (service: LocalService) => LocalService;
  /** What is found at a tenant's storage only. */
  isOfTenants?: true;
  plant?: (examined: Examined) => Promise<unknown>;
  /** The checks that find it, and words of what each says. */
  finds: Partial<Record<CheckName, string>>;
}

const faults: PlantedFault[] = [
  {
    fault: "a role trusts everybody",
    plant: ({ backends }) =>
      trust(backends, "tenants", () => ({
        ...{ Effect: "Allow", Principal: "*", Action: "sts:*" },
      })),
    finds: { trust: "lets everybody in (*)", sts: `AssumeRole ${localRoles.tenants}` },
  },
  {
    fault: "a role trusts all of the account",
    plant: ({ backends }) =>
      trust(backends, "of-the-functions", ({ Condition: { ArnEquals, ...others }, ...statement }) => ({
        ...statement,
        Condition: others,
      })),
    finds: { trust: "there is no condition on aws:PrincipalArn" },
  },
  {
    fault: "a role trusts another account too",
    plant: ({ backends }) =>
      trust(backends, "tenants", ({ Principal, ...statement }) => ({
        ...statement,
        Principal: { AWS: [Principal["AWS"], "arn:aws:iam::210987654321:root"] },
      })),
    finds: { trust: "lets the account 210987654321 in" },
  },
  {
    fault: "a role trusts a service",
    plant: ({ backends }) =>
      trust(backends, "tenants", ({ Principal, ...statement }) => ({
        ...statement,
        Principal: { ...Principal, Service: "ec2.amazonaws.com" },
      })),
    finds: { trust: "lets ec2.amazonaws.com in" },
  },
  {
    fault: "a role trusts a role that was deleted",
    async plant({ backends }) {
      const iam = iamOf(backends);
      const AssumeRolePolicyDocument = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }],
      });
      await iam.send(new CreateRoleCommand({ RoleName: "earlier", AssumeRolePolicyDocument }));
      await trust(backends, "of-the-functions", ({ Principal, ...statement }) => ({
        ...statement,
        Principal: { AWS: [Principal["AWS"], `${account}:role/earlier`] },
      }));
      await iam.send(new DeleteRoleCommand({ RoleName: "earlier" }));
    },
    finds: { trust: "that was deleted" },
  },
  {
    fault: "a role names the functions' role itself",
    plant: ({ backends }) =>
      trust(backends, "of-the-functions", (statement) => ({
        ...statement,
        Principal: { AWS: functionsRole },
      })),
    finds: { trust: "when that role is made anew" },
  },
  {
    fault: "a role does not ask for the external id",
    plant: ({ backends }) =>
      trust(backends, "tenants", ({ Condition: { StringEquals, ...others }, ...statement }) => ({
        ...statement,
        Condition: others,
      })),
    finds: { trust: "does not ask for the external id" },
  },
  {
    fault: "a role takes every token of the issuer",
    plant: ({ backends }) => trust(backends, "of-the-callers", ({ Condition, ...statement }) => statement),
    finds: { trust: "there is no condition on its audience" },
  },
  {
    fault: "a user of another storage may assume a role",
    async plant({ backends }) {
      await trust(backends, "tenants", ({ Condition, ...statement }) => ({
        ...statement,
        Condition: {
          ...Condition,
          ArnEquals: { "aws:PrincipalArn": [`${account}:user/tenants-owner`, `${account}:user/lake-owner`] },
        },
      }));
      const PolicyDocument = policy("sts:*", localRoles.tenants);
      await iamOf(backends).send(
        new PutUserPolicyCommand({ UserName: "lake-owner", PolicyName: "more", PolicyDocument }),
      );
    },
    finds: { trust: `lets ${account}:user/lake-owner in`, sts: "AssumeRole" },
  },
  {
    fault: "a role's sessions are shorter than what is granted",
    plant: ({ backends }) => iamOf(backends).send(new UpdateRoleCommand({ RoleName: "tenants" })),
    finds: { duration: "--max-session-duration 43200" },
  },
  {
    fault: "a role lacks rights that the storage needs",
    isOfTenants: true,
    plant: ({ backends }) =>
      iamOf(backends).send(
        new PutRolePolicyCommand({
          ...{ RoleName: "of-the-callers", PolicyName: "policy-1" },
          PolicyDocument: policy("s3:ListBucket", "*"),
        }),
      ),
    finds: { inside: "write under s3://lake/tenants/doctor/ is refused" },
  },
  {
    fault: "a user has more rights than its storage needs",
    plant: ({ backends }) =>
      iamOf(backends).send(
        new PutUserPolicyCommand({
          ...{ UserName: "lake-owner", PolicyName: "more", PolicyDocument: policy("s3:GetObject", "*") },
        }),
      ),
    finds: { outside: "read under s3://archive/" },
  },
  {
    fault: "an object outside can be read, which exists",
    async plant({ setting, backends: { s3, ...backends } }) {
      const object = { Bucket: "archive", Key: "cold/known.txt" };
      const operators = new S3Client({ ...operator, endpoint: s3.url, forcePathStyle: true });
      await ending(operators).send(new PutObjectCommand({ ...object, Body: "known" }));
      setting.outside = [{ bucket: object.Bucket, key: object.Key }];
      const PolicyDocument = policy("s3:GetObject", "arn:aws:s3:::archive/cold/known.txt");
      await iamOf({ s3, ...backends }).send(
        new PutUserPolicyCommand({ UserName: "lake-owner", PolicyName: "more", PolicyDocument }),
      );
    },
    finds: { outside: "read s3://archive/cold/known.txt" },
  },
  {
    fault: "an STS drops the policies of roles' sessions",
    isOfTenants: true,
    async plant({ backends: { realm } }) {
      const { sessionTokens } = realm;
      const seal = sessionTokens.seal.bind(sessionTokens);
      sessionTokens.seal = (session) =>
        seal(session.holder.kind === "assumed-role" ? { ...session, policy: undefined } : session);
    },
    finds: { outside: "write under s3://lake/tenants/doctor-keyvend-doctor/" },
  },
  {
    fault: "a long-term key is old",
    async plant({ backends: { realm } }) {
      const user = realm.accounts.users.get("archive-owner");
      for (const key of user?.keys.values() ?? [])
        user?.keys.set(
          key.accessKeyId,
          newUserKey(key, { createdAt: Date.now() - 200 * dayMs, isNew: false }),
        );
    },
    finds: { key: "was made 200 days ago" },
  },
  {
    fault: "a user has a second key that keyvend does not use",
    async plant({ backends }) {
      const { AccessKey } = await iamOf(backends).send(
        new CreateAccessKeyCommand({ UserName: "archive-owner" }),
      );
      const user = backends.realm.accounts.users.get("archive-owner");
      for (const key of user?.keys.values() ?? [])
        user?.keys.set(
          key.accessKeyId,
          newUserKey(key, { createdAt: Date.now() - 20 * dayMs, isNew: false }),
        );
      expect(AccessKey).toBeDefined();
    },
    finds: { key: "keyvend does not use it" },
  },
  {
    fault: "a long-term key is inactive",
    async plant({ backends }) {
      const UserName = "archive-owner";
      const [AccessKeyId] = [...(backends.realm.accounts.users.get(UserName)?.keys.keys() ?? [])];
      await iamOf(backends).send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
    },
    finds: { key: "is inactive", endpoint: "InvalidAccessKeyId" },
  },
  {
    fault: "a secret holds no key",
    plant: ({ backends }) => putSecret(backends, "keyvend/archive", "a key, to be filled in"),
    finds: { secret: "holds no long-term key", vend: "storage_misconfigured" },
  },
  {
    fault: "the sealing secret is spoilt",
    plant: ({ backends }) => putSecret(backends, "keyvend-local/sealing-key", '{"current":"k2"}'),
    finds: { secret: "does not hold keys of the right form" },
  },
  {
    fault: "the table is away",
    plant: ({ backends }) => backends.dynamodb.close(),
    finds: { cache: "cannot be read" },
  },
  {
    fault: "a store's clock is wrong",
    change: withStore({ now: () => Date.now() + 600_000 }),
    finds: { clock: "ahead of this machine" },
  },
  {
    fault: "a bucket is in another region, and the store takes signatures for that one only",
    change: withStore({ region: "eu-central-1" }),
    finds: { region: "takes no signature for us-east-1" },
  },
  {
    fault: "a bucket is in another region, and the store takes any signature",
    change: (vending) => withStorage("lake", { region: "eu-central-1" }, vending),
    finds: { region: "the bucket is in us-east-1, and the answer says eu-central-1" },
  },
  {
    fault: "a bucket is not there",
    change: withStore({ buckets: [] }),
    finds: { endpoint: "the bucket is not there" },
  },
  {
    fault: "a store is not where the configuration says",
    change: (vending) => withStorage("lake", { endpoint: "http://127.0.0.1:1" }, vending),
    finds: { endpoint: "ECONNREFUSED" },
  },
  {
    fault: "a store has no virtual-hosted addresses",
    change: (vending, { s3 }) =>
      withStorage(
        "lake",
        { endpoint: s3.url.replace("127.0.0.1", "localhost"), pathStyleAccess: false },
        vending,
      ),
    finds: { endpoint: "Set pathStyleAccess: true" },
  },
  {
    fault: "another configuration is deployed: an address",
    async plant({ setting }) {
      const lake = setting.config?.storages.get("lake");
      if (lake !== undefined) lake.bucket = "lake-2";
    },
    finds: { configuration: "another Bucket" },
  },
  {
    fault: "another configuration is deployed: a grant",
    change: ({ grants, ...rest }) => ({ ...rest, grants: grants.slice(1) }),
    async plant({ setting, backends: { vending } }) {
      setting.config = parseConfig(vending);
    },
    finds: { configuration: "is granted here, and the instance does not list it" },
  },
  {
    fault: "another version is deployed",
    lie: lying("GET /openapi.json", (description) => ({ ...description, openapi: "3.0.0" })),
    finds: { version: "otherwise than this clone" },
  },
  {
    fault: "the service serves callers without an identity",
    lie: (service) => ({
      ...service,
      async answer(event) {
        const result = await service.answer(event);
        return result.statusCode === 401 ? { ...result, statusCode: 200, body: '{"Storages":[]}' } : result;
      },
    }),
    finds: { strangers: "a caller with no token is told of storages" },
  },
  {
    fault: "the service would vend more than it lists",
    isOfTenants: true,
    lie: lying("GET /v1/storages", ({ Storages }) => ({
      Storages: (Storages as StorageSummary[])
        .filter(({ Storage }) => Storage === "federated")
        .map((storage) => ({
          ...storage,
          Grants: storage.Grants.map((grant) => ({ ...grant, Targets: ["s3://lake/tenants/doctor/in/"] })),
        })),
    })),
    async plant({ setting }) {
      delete setting.config;
    },
    finds: { beyond: "would vend READWRITE on s3://lake/tenants/doctor/in-keyvend-doctor/" },
  },
  {
    fault: "the service vends another permission than was asked for",
    isOfTenants: true,
    lie: lying("GET /v1/storages/{storage}/credentials", (answer) =>
      answer["Storage"] === "federated" ? { ...answer, Permission: "READ" } : answer,
    ),
    finds: { vend: "which is not what was asked for" },
  },
  {
    fault: "each answer is a session of its own",
    isOfTenants: true,
    lie: lying("GET /v1/storages/{storage}/credentials", (answer) =>
      answer["Storage"] === "federated"
        ? { ...answer, AccessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}` }
        : answer,
    ),
    finds: { cache: "a session of its own", endpoint: "InvalidToken" },
  },
  {
    fault: "the service hands out the long-term key itself",
    isOfTenants: true,
    lie: (service) => ({
      ...service,
      async answer(event) {
        const result = await service.answer(event);
        const answer = JSON.parse(result.body ?? "{}");
        if (answer.Storage !== "federated" || answer.AccessKeyId === undefined) return result;
        const [key] = service.backends.realm.accounts.users.get("tenants-owner")?.keys.values() ?? [];
        const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = key ?? {};
        return { ...result, body: JSON.stringify({ ...answer, AccessKeyId, SecretAccessKey, Token: "" }) };
      },
    }),
    finds: {
      vend: "got a long-term key",
      outside: "write under s3://lake/tenants/doctor-keyvend-doctor/",
      sts: `GetSessionToken, GetFederationToken, AssumeRole ${localRoles.tenants}`,
    },
  },
  {
    fault: "the doctor's identity has no grant",
    lie: lying("GET /v1/storages", () => ({ Storages: [] })),
    async plant({ setting }) {
      delete setting.config;
    },
    finds: { answer: "has no grant" },
  },
  {
    fault: "the doctor's token is refused",
    async plant({ setting }) {
      setting.env = { KEYVEND_TOKEN: "no-token" };
    },
    finds: { answer: "unauthenticated" },
  },
];

test("a healthy service has no findings, and every check has looked", async () => {
  const examined = await startExamined({ tenant: "doctor" });
  onTestFinished(() => examined.close());
  const findings = await diagnose(examined.setting);
  expect(await examined.troubles()).toEqual([]);
  const inOrder = new Set(findings.filter(({ status }) => status === "ok").map(({ check }) => check));
  const elsewhere = ["tls", "stack", "alarms", "subscribers", "limits", "functions", "table"];
  expect([...inOrder].sort()).toEqual(
    Object.keys(checks)
      .filter((name) => !elsewhere.includes(name))
      .sort(),
  );
});

test.each(faults)("$fault", async ({ change, lie, isOfTenants, plant, finds }) => {
  const examined = await startExamined({
    ...(change && { change }),
    ...(lie && { lie }),
    ...(isOfTenants && { tenant: "doctor" }),
  });
  onTestFinished(() => examined.close());
  await plant?.(examined);
  const troubles = await examined.troubles();
  expect([...new Set(troubles.map(({ check }) => check))].sort(), JSON.stringify(troubles, null, 1)).toEqual(
    Object.keys(finds).sort(),
  );
  for (const [check, words] of Object.entries(finds))
    expect(
      troubles
        .filter((each) => each.check === check)
        .map(({ message, advice }) => `${message} ${advice}`)
        .join("\n"),
    ).toContain(words);
});
