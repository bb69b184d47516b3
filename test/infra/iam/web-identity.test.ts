import { PutObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import { describe, expect, onTestFinished, test } from "vitest";
import { startOidcIssuer } from "../../../infra/local/oidc-issuer.ts";
import { keysOf, refusalOf } from "../local/aws/world.ts";
import { expected, faultsOf } from "./expected.ts";
import { accountId, caller, createGeneratedWorld, type Key } from "./generated-world.ts";

const github = "token.actions.githubusercontent.com";
const provider = `arn:aws:iam::${accountId}:oidc-provider/${github}`;
const issuers = { github: { issuer: `https://${github}`, audience: ["keyvend", "sts.amazonaws.com"] } };
const storage = {
  bucket: "lake",
  region: "eu-central-1",
  issue: "web-identity",
  roleArn: `arn:aws:iam::${accountId}:role/lake`,
};
const grant = { name: "ingest", issuer: "github", storage: "lake", prefix: "raw/", permission: "READ" };
const document = (...grants: object[]) => ({ issuers, storages: { lake: storage }, grants });

const statementsOf = (config: object) => expected(config)[0]?.roles[0]?.trust.Statement;

describe("the trust in callers' tokens", () => {
  test("names the issuer, its audiences and the subjects of the grant", () => {
    expect(statementsOf(document({ ...grant, subject: ["repo:acme/lake:*", "repo:acme/x?$y"] }))).toEqual([
      {
        Effect: "Allow",
        Principal: { Federated: [provider] },
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Condition: {
          StringEquals: { [`${github}:aud`]: ["keyvend", "sts.amazonaws.com"] },
          StringLike: { [`${github}:sub`]: ["repo:acme/lake:*", "repo:acme/x${?}${$}y"] },
        },
      },
    ]);
  });

  test("has the claims that STS knows of GitHub's tokens, and an end", () => {
    const claims = { repository_id: "123456789", ref: ["refs/heads/main", "refs/tags/*"] };
    const [statement] = statementsOf(document({ ...grant, claims, expires: "2099-01-31T12:00:00Z" })) ?? [];
    expect(statement?.Condition).toMatchObject({
      StringLike: {
        [`${github}:repository_id`]: ["123456789"],
        [`${github}:ref`]: ["refs/heads/main", "refs/tags/*"],
      },
      DateLessThan: { "aws:CurrentTime": "2099-01-31T12:00:00.000Z" },
    });
  });

  test("has the subjects of all grants together, but where one has other conditions as well", () => {
    const one = { ...grant, subject: "repo:acme/one:*" };
    const two = { ...grant, name: "two", subject: "repo:acme/two:*", permission: "READWRITE" };
    const again = { ...one, name: "again", prefix: "staging/" };
    const main = { ...grant, name: "main", subject: "repo:acme/three:*", claims: { ref: "refs/heads/main" } };
    const tag = { ...main, name: "tag", claims: { ref: "refs/tags/1" } };
    const statements = statementsOf(document(one, two, again, main, tag)) ?? [];
    expect(statements.map(({ Condition }) => Condition?.["StringLike"])).toEqual([
      { [`${github}:sub`]: ["repo:acme/one:*", "repo:acme/two:*"] },
      { [`${github}:sub`]: ["repo:acme/three:*"], [`${github}:ref`]: ["refs/heads/main"] },
      { [`${github}:sub`]: ["repo:acme/three:*"], [`${github}:ref`]: ["refs/tags/1"] },
    ]);
  });

  test("has what the issuer requires of each of its tokens", () => {
    const subjects = document({ ...grant, subject: "repo:acme/lake:*" });
    const withPresence = {
      ...subjects,
      issuers: { github: { ...issuers.github, requiredClaims: ["ref", "sub", "exp"] } },
    };
    expect(statementsOf(withPresence)?.[0]?.Condition).toMatchObject({
      Null: { [`${github}:ref`]: "false" },
    });
    const withValues = {
      ...subjects,
      issuers: { github: { ...issuers.github, requiredClaims: { repository: "acme/lake" } } },
    };
    expect(statementsOf(withValues)?.[0]?.Condition).toMatchObject({
      StringLike: { [`${github}:repository`]: ["acme/lake"], [`${github}:sub`]: ["repo:acme/lake:*"] },
    });
  });

  test("leaves out grants that give nothing, or that no token can meet", () => {
    const audit = { ...grant, name: "audit", subject: "*", mode: "audit" };
    const signed = { ...grant, name: "signed", subject: "*", externalId: "keyvend" };
    const one = { ...grant, subject: "repo:acme/one:*" };
    expect(statementsOf(document(audit, signed, one))).toHaveLength(1);
  });
});

describe("what a trust policy cannot say as the grant means it is a fault", () => {
  const company = { issuers: { company: { issuer: "https://login.example.com", audience: "keyvend" } } };
  const faults = (change: object, issuer: object = {}) =>
    faultsOf({
      issuers: { company: { ...company.issuers.company, ...issuer } },
      storages: { lake: storage },
      grants: [{ ...grant, issuer: "company", subject: "job-*", ...change }],
    });

  test.each([
    ["a claim", { claims: { team: "data" } }, {}, "the claim team"],
    ["a nested claim", { claims: { "/realm/roles": "etl" } }, {}, "the claim /realm/roles"],
    ["a required claim", {}, { requiredClaims: ["tenant"] }, "the claim tenant"],
    ["a capture", { subject: "job-{name}", prefix: "jobs/${name}/" }, {}, "a pattern for sub"],
    ["a capture alone", { subject: "job-{name}" }, {}, "a pattern for sub"],
    ["a character that no policy holds", { subject: "задача" }, {}, "a pattern for sub"],
    ["two conditions on one claim", { claims: { sub: "job-7" } }, {}, "two conditions on sub"],
    ["a folder for each caller", { prefix: "t/${claims.sub}/" }, {}, "a prefix that depends on its callers"],
    ["an address", { sourceIps: "192.0.2.0/24" }, {}, "sourceIps"],
  ])("%s", (_what, change, issuer, words) => {
    const [fault, ...others] = faults(change, issuer);
    expect(others).toEqual([]);
    expect(fault).toContain(words);
    expect(fault).toContain("--subject lake=PATTERN");
  });

  test("tokens without an audience, issuers that IAM does not take, and Google", () => {
    const clientId = { requiredClaims: { client_id: "etl" } };
    expect(faults({}, { audience: "none", ...clientId })[0]).toContain("have none: use another way");
    expect(faults({}, { issuer: "https://login.example.com:8443" })[0]).toContain("without port and query");
    expect(faults({}, { issuer: "https://accounts.google.com" })[0]).toContain("by hand");
  });

  test("in other partitions STS knows no claims of GitHub's", () => {
    const china = {
      ...storage,
      region: "cn-north-1",
      roleArn: `arn:aws-cn:iam::${accountId}:role/lake`,
    };
    const config = { issuers, storages: { lake: china }, grants: [{ ...grant, claims: { ref: "x" } }] };
    expect(faultsOf(config)[0]).toContain("the claim ref");
  });
});

test("an operator may say which subjects may have all of the role", () => {
  const tenants = { ...grant, subject: "*", prefix: "tenants/${claims.tenant}/" };
  const subjects = new Map([["lake", ["repo:acme/lake:*"]]]);
  const [statement, ...others] =
    expected(document(tenants), { subjects })[0]?.roles[0]?.trust.Statement ?? [];
  expect(others).toEqual([]);
  expect(statement?.Condition).toEqual({
    StringEquals: { [`${github}:aud`]: ["keyvend", "sts.amazonaws.com"] },
    StringLike: { [`${github}:sub`]: ["repo:acme/lake:*"] },
  });
});

test("the issuer is made once in an account, with all audiences", () => {
  const second = { ...storage, roleArn: `arn:aws:iam::${accountId}:role/other` };
  const third = { ...storage, roleArn: "arn:aws:iam::444455556666:role/other" };
  const config = {
    issuers,
    storages: { lake: storage, second, third },
    grants: ["lake", "second", "third"].map((name) => ({ ...grant, name, storage: name, subject: "a" })),
  };
  expect(expected(config)[0]?.providers).toEqual([
    {
      arn: provider,
      account: accountId,
      url: `https://${github}`,
      audiences: ["keyvend", "sts.amazonaws.com"],
      storages: ["lake", "second"],
    },
    expect.objectContaining({ account: "444455556666", storages: ["third"] }),
  ]);
});

test("at STS, the callers of the grants get the role, and nobody else", async () => {
  const issuer = await startOidcIssuer(0);
  onTestFinished(() => issuer.close());
  // A store at another address, which is like AWS.
  const local = { ...storage, endpoint: "http://127.0.0.1:1", stsEndpoint: "http://127.0.0.1:1" };
  const world = await createGeneratedWorld({
    issuers: { company: { issuer: issuer.url, audience: "keyvend" } },
    storages: { lake: local },
    grants: [{ ...grant, issuer: "company", subject: "job-*", permission: "READWRITE" }],
  });
  const put = (key: Key, Key: string) =>
    refusalOf(world.s3(key).send(new PutObjectCommand({ Bucket: "lake", Key, Body: "x" })));
  const token = await issuer.token({ sub: "job-7" });
  const { key } = await world.vend({ storage: "lake" }, caller({}, "job-7"), { token });
  expect(await put(key, "raw/x")).toEqual(["not refused", 200]);

  const ask = async (claims: object) =>
    world.sts({ accessKeyId: "", secretAccessKey: "" }).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: storage.roleArn,
        RoleSessionName: "job",
        WebIdentityToken: await issuer.token({ ...claims }),
      }),
    );
  expect(await refusalOf(ask({ sub: "person-7" }))).toEqual(["AccessDenied", 403]);
  expect((await refusalOf(ask({ sub: "job-7", aud: "other" })))[1]).toBe(400);
  // STS gives all of the role to a caller that asks it directly, and no more.
  const { Credentials } = await ask({ sub: "job-7" });
  expect(await put(keysOf(Credentials), "raw/y")).toEqual(["not refused", 200]);
  expect(await put(keysOf(Credentials), "other/y")).toEqual(["AccessDenied", 403]);
});
