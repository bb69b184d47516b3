/**
 * An account that has the generated IAM and nothing else, at the emulated IAM, STS and S3: every way vends, and what is beside it
 * is refused. The emulation keeps a principal by its unique id, as AWS does.
 */
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetFederationTokenCommand } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { accountArn } from "../../../infra/iam/arns.ts";
import { keysOf, refusalOf } from "../local/aws/world.ts";
import { accountId, caller, createGeneratedWorld, type Key } from "./generated-world.ts";

const issuers = { company: { issuer: "https://login.example.com", audience: "keyvend" } };
const place = { bucket: "s3://lake/warehouse", region: "eu-central-1" };
const roleArn = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const userName = (storage: string) => `keyvend-prod-eu-central-1-${storage}`;
const anybody = { issuer: "company", subject: "*" };

const tenants = {
  ...anybody,
  name: "tenants",
  storage: "lake",
  prefix: "tenants/${claims.tenant}/",
  permission: "READWRITE",
  maxDurationSeconds: 43_200,
  sessionTags: { tenant: "${claims.tenant}" },
};
const raw = { ...anybody, name: "raw", storage: "lake", prefix: "raw/", permission: "READ" };

const byKey = {
  issuers,
  storages: {
    lake: {
      ...place,
      issue: "assume-role",
      roleArn: roleArn("lake"),
      secret: "lake",
      externalId: "keyvend",
      maxDurationSeconds: 43_200,
      sessions: "per-principal",
      sourceIdentity: true,
    },
  },
  grants: [tenants, raw],
};
const byFunction = {
  issuers,
  storages: { lake: { ...place, issue: "assume-role", roleArn: roleArn("lake") } },
  grants: [{ ...tenants, maxDurationSeconds: 3_600 }, raw],
};
const acme = caller({ tenant: "acme" });

type World = Awaited<ReturnType<typeof createGeneratedWorld>>;

const put = (world: World, key: Key, Key: string, Bucket = "lake") =>
  refusalOf(world.s3(key).send(new PutObjectCommand({ Bucket, Key, Body: "x" })));
const get = (world: World, key: Key, Key: string, Bucket = "lake") =>
  refusalOf(world.s3(key).send(new GetObjectCommand({ Bucket, Key })));
const list = (world: World, key: Key, Prefix: string, Bucket = "lake") =>
  refusalOf(world.s3(key).send(new ListObjectsV2Command({ Bucket, Prefix })));
const assume = (world: World, key: Key, change: Partial<AssumeRoleCommand["input"]> = {}) =>
  world
    .sts(key)
    .send(new AssumeRoleCommand({ RoleArn: roleArn("lake"), RoleSessionName: "alice", ...change }));

/** A role that somebody else made, with all rights in S3. */
async function makeRole(world: World, RoleName: string, AWS: string): Promise<void> {
  const document = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const AssumeRolePolicyDocument = document({ Principal: { AWS }, Action: "sts:AssumeRole" });
  await world.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const PolicyDocument = document({ Action: "s3:*", Resource: "*" });
  await world.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument }));
}

const fine = ["not refused", 200];
const denied = ["AccessDenied", 403];

describe("assume-role by a long-term key", () => {
  const right = {
    ExternalId: "keyvend",
    SourceIdentity: "alice",
    Tags: [{ Key: "tenant", Value: "acme" }],
  };
  const key = (world: World) => world.keys[userName("lake")] ?? expect.unreachable();

  test("vends for the twelve hours that the storage allows, and no further than the scope", async () => {
    const world = await createGeneratedWorld(byKey);
    const ask = { storage: "lake", durationSeconds: 43_200, permission: "READWRITE" } as const;
    const { key: session, seconds } = await world.vend(ask, acme);
    expect(Math.ceil(seconds)).toBe(43_200);
    expect(await put(world, session, "warehouse/tenants/acme/x")).toEqual(fine);
    expect(await get(world, session, "warehouse/tenants/acme/x")).toEqual(fine);
    expect(await list(world, session, "warehouse/tenants/acme/")).toEqual(fine);
    expect(await put(world, session, "warehouse/tenants/other/x")).toEqual(denied);
  });

  test("leaves nothing to the role beside what grants can vend, whatever a session is asked for without a policy", async () => {
    const world = await createGeneratedWorld(byKey);
    const { Credentials } = await assume(world, key(world), right);
    const whole = keysOf(Credentials);
    expect(await put(world, whole, "warehouse/tenants/any/x")).toEqual(fine);
    expect(await put(world, whole, "warehouse/raw/x")).toEqual(denied);
    expect(await list(world, whole, "warehouse/raw/")).toEqual(fine);
    for (const neighbour of ["warehouse/tenants2/x", "warehouse/x", "tenants/any/x"]) {
      expect(await put(world, whole, neighbour)).toEqual(denied);
      expect(await get(world, whole, neighbour)).toEqual(denied);
    }
    for (const prefix of ["", "warehouse/", "warehouse/tenants"])
      expect(await list(world, whole, prefix), prefix).toEqual(denied);
    expect(await put(world, whole, "warehouse/tenants/any/x", "lake-2")).toEqual(denied);
    expect(await list(world, whole, "warehouse/tenants/any/", "lake-2")).toEqual(denied);
  });

  test("lets in the key's user alone, and that with the external id, the tags and the source identity of the storage", async () => {
    const world = await createGeneratedWorld(byKey);
    const { Tags: _, ...untagged } = right;
    expect(await refusalOf(assume(world, key(world), right))).toEqual(fine);
    expect(await refusalOf(assume(world, key(world), untagged))).toEqual(fine);
    for (const wrong of [
      { ...right, ExternalId: undefined },
      { ...right, ExternalId: "other" },
      { ...right, Tags: [{ Key: "team", Value: "acme" }] },
      { ...right, Tags: [...right.Tags, { Key: "team", Value: "acme" }] },
    ])
      expect(await refusalOf(assume(world, key(world), wrong))).toEqual(denied);
    for (const other of ["stranger", ...["vend", "warm"].map(world.functionRole)])
      expect(await refusalOf(assume(world, world.sessionOf(other), right)), other).toEqual(denied);
  });

  test("gives the user no right but to ask for its role", async () => {
    const world = await createGeneratedWorld(byKey);
    await makeRole(world, "other", accountArn({ partition: "aws", account: accountId }));
    expect(await refusalOf(assume(world, key(world), { RoleArn: roleArn("other") }))).toEqual(denied);
    expect(await list(world, key(world), "warehouse/raw/")).toEqual(denied);
    const federation = new GetFederationTokenCommand({ Name: "alice" });
    expect(await refusalOf(world.sts(key(world)).send(federation))).toEqual(denied);
  });
});

describe("assume-role by the functions' own roles", () => {
  test.each(["vend", "warm"])("vends by %s", async (by) => {
    const world = await createGeneratedWorld(byFunction);
    const { key: session } = await world.vend({ storage: "lake", permission: "READWRITE" }, acme, { by });
    expect(await put(world, session, "warehouse/tenants/acme/x")).toEqual(fine);
    expect(await put(world, session, "warehouse/tenants/other/x")).toEqual(denied);
  });

  test("lets in no other role of the account, though it has the rights to ask, nor a session of the role itself", async () => {
    const world = await createGeneratedWorld(byFunction);
    for (const other of ["stranger", world.functionRole("other")])
      expect(await refusalOf(assume(world, world.sessionOf(other))), other).toEqual(denied);
    const { Credentials } = await assume(world, world.sessionOf(world.functionRole("vend")));
    expect(await refusalOf(assume(world, keysOf(Credentials)))).toEqual(denied);
  });

  test("goes on when the stack is removed and deployed again, which a trust by name does not", async () => {
    const world = await createGeneratedWorld(byFunction);
    const vend = world.functionRole("vend");
    await makeRole(world, "named", roleArn(vend));
    const [before, by] = [world.accounts.roles.get(vend)?.id, { RoleArn: roleArn("named") }];
    expect(await refusalOf(assume(world, world.sessionOf(vend), by))).toEqual(fine);

    await world.removeFunctionRole("vend");
    await world.makeFunctionRole("vend");
    expect(world.accounts.roles.get(vend)?.id).not.toBe(before);
    const mayAskForBoth = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: roleArn("named") }],
    };
    await world.iam.send(
      new PutRolePolicyCommand({
        RoleName: vend,
        PolicyName: "more",
        PolicyDocument: JSON.stringify(mayAskForBoth),
      }),
    );
    expect(await refusalOf(assume(world, world.sessionOf(vend), by))).toEqual(denied);
    const { key: session } = await world.vend({ storage: "lake", permission: "READWRITE" }, acme);
    expect(await put(world, session, "warehouse/tenants/acme/x")).toEqual(fine);
  });
});

describe("session-token", () => {
  const document = {
    issuers,
    storages: { lake: { ...place, issue: "session-token", secret: "lake" } },
    grants: [{ ...anybody, name: "all", storage: "lake", permission: "READWRITE" }],
  };

  test("vends the user's session, which reaches the whole storage and nothing else", async () => {
    const world = await createGeneratedWorld(document);
    const { key } = await world.vend({ storage: "lake" }, caller());
    expect(await put(world, key, "warehouse/any/x")).toEqual(fine);
    expect(await list(world, key, "warehouse/")).toEqual(fine);
    for (const [name, bucket] of [
      ["warehouse2/x", "lake"],
      ["x", "lake"],
      ["warehouse/any/x", "lake-2"],
    ]) {
      expect(await put(world, key, name ?? "", bucket)).toEqual(denied);
      expect(await get(world, key, name ?? "", bucket)).toEqual(denied);
    }
  });

  test("opens no role, even one that trusts the user by its name, to the session that clients have", async () => {
    const world = await createGeneratedWorld(document);
    await makeRole(world, "careless", `arn:aws:iam::${accountId}:user/${userName("lake")}`);
    const { key } = await world.vend({ storage: "lake" }, caller());
    expect(await refusalOf(assume(world, key, { RoleArn: roleArn("careless") }))).toEqual(denied);
  });
});

describe("federation-token", () => {
  const document = (sessions: "shared" | "per-principal") => ({
    issuers,
    storages: { lake: { ...place, issue: "federation-token", secret: "lake", sessions } },
    grants: [{ ...tenants, maxDurationSeconds: 3_600 }, raw],
  });

  test.each(["shared", "per-principal"] as const)(
    "vends %s sessions within their scope",
    async (sessions) => {
      const world = await createGeneratedWorld(document(sessions), { account: accountId });
      const { key } = await world.vend({ storage: "lake", permission: "READWRITE" }, acme);
      expect(await put(world, key, "warehouse/tenants/acme/x")).toEqual(fine);
      expect(await put(world, key, "warehouse/tenants/other/x")).toEqual(denied);
      expect(await put(world, key, "x", "lake-2")).toEqual(denied);
    },
  );

  test("lets the user give sessions no other name where all share one, no other tags, and no more than the grants", async () => {
    const world = await createGeneratedWorld(document("shared"), { account: accountId });
    const user = world.keys[userName("lake")] ?? expect.unreachable();
    const everything = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    });
    const ask = (input: Partial<GetFederationTokenCommand["input"]>) =>
      world
        .sts(user)
        .send(new GetFederationTokenCommand({ Name: "keyvend-lake", Policy: everything, ...input }));
    expect(await refusalOf(ask({ Name: "root" }))).toEqual(denied);
    expect(await refusalOf(ask({ Tags: [{ Key: "team", Value: "x" }] }))).toEqual(denied);
    const whole = keysOf((await ask({ Tags: [{ Key: "tenant", Value: "acme" }] })).Credentials);
    expect(await put(world, whole, "warehouse/tenants/acme/x")).toEqual(fine);
    expect(await put(world, whole, "warehouse/raw/x")).toEqual(denied);
    expect(await put(world, whole, "warehouse/x")).toEqual(denied);
  });
});

test("static gives the user of the key that goes to clients its storage, and no role", async () => {
  const world = await createGeneratedWorld({
    issuers,
    storages: { lake: { ...place, issue: "static", secret: "lake", acknowledgeLongTermKeys: true } },
    grants: [{ ...anybody, name: "all", storage: "lake", permission: "READWRITE" }],
  });
  const { key } = await world.vend({ storage: "lake" }, caller());
  expect(await put(world, key, "warehouse/x")).toEqual(fine);
  expect(await put(world, key, "x")).toEqual(denied);
  await makeRole(world, "careless", `arn:aws:iam::${accountId}:user/${userName("lake")}`);
  expect(await refusalOf(assume(world, key, { RoleArn: roleArn("careless") }))).toEqual(denied);
  expect(await refusalOf(world.sts(key).send(new GetFederationTokenCommand({ Name: "x1" })))).toEqual(denied);
});

describe("what storages share", () => {
  test("stands once, and serves each of them: a role by two ways, a key of two storages", async () => {
    const world = await createGeneratedWorld({
      issuers,
      storages: {
        lake: { ...place, issue: "assume-role", roleArn: roleArn("lake") },
        "lake-2": {
          ...place,
          bucket: "lake-2",
          issue: "assume-role",
          roleArn: roleArn("lake"),
          secret: "shared",
          maxDurationSeconds: 7_200,
        },
        private: { ...place, bucket: "private", issue: "federation-token", secret: "keyvend-prod/shared" },
      },
      grants: ["lake", "lake-2", "private"].map((storage) => ({
        ...anybody,
        name: storage,
        storage,
        prefix: "raw/",
        permission: "READWRITE",
        maxDurationSeconds: 7_200,
      })),
    });
    const [iam] = world.places;
    expect(iam?.roles.map(({ name, maxSessionSeconds }) => [name, maxSessionSeconds])).toEqual([
      ["lake", 7_200],
    ]);
    expect(iam?.users.map(({ name, storages }) => [name, storages])).toEqual([
      [userName("lake-2"), ["lake-2", "private"]],
    ]);
    for (const [storage, key] of [
      ["lake", "warehouse/raw/x"],
      ["lake-2", "raw/x"],
      ["private", "raw/x"],
    ] as const) {
      const vended = await world.vend({ storage, durationSeconds: 7_200 }, caller());
      expect(await put(world, vended.key, key, storage)).toEqual(fine);
      for (const other of ["lake", "lake-2", "private"].filter((name) => name !== storage))
        expect(await put(world, vended.key, "raw/x", other)).toEqual(denied);
    }
  });
});
