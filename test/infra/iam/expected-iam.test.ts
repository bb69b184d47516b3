import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { loadVendingYaml } from "../../../infra/config/vending-yaml.ts";
import { expectedIam } from "../../../infra/iam/expected-iam.ts";
import type { PolicyDocument } from "../../../infra/iam/policy-document.ts";
import { charactersOf, sizes } from "../../../infra/iam/sizes.ts";
import { localVending } from "../../../infra/local/local-vending.ts";
import { expected, faultsOf } from "./expected.ts";

const issuers = { company: { issuer: "https://login.example.com", audience: "keyvend" } };
const place = { bucket: "lake", region: "eu-central-1" };
const account = "111122223333";
const role = `arn:aws:iam::${account}:role/keyvend-lake`;
const grant = { name: "all", issuer: "company", subject: "*", storage: "lake", permission: "READWRITE" };
const config = (lake: object, ...grants: object[]) => ({
  issuers,
  storages: { lake: { ...place, ...lake } },
  grants: grants.length > 0 ? grants : [grant],
});
const byFunction = { issue: "assume-role", roleArn: role };
const byKey = { ...byFunction, secret: "lake" };

describe("a role that the functions assume", () => {
  test("trusts their account, on condition of their ARNs", () => {
    expect(expected(config(byFunction))[0]?.roles).toEqual([
      {
        arn: role,
        partition: "aws",
        account,
        path: "/",
        name: "keyvend-lake",
        storages: ["lake"],
        trust: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: [`arn:aws:iam::${account}:root`] },
              Action: ["sts:AssumeRole"],
              Condition: {
                ArnEquals: {
                  "aws:PrincipalArn": ["vend", "warm"].map(
                    (name) => `arn:aws:iam::${account}:role/keyvend-prod-eu-central-1-${name}`,
                  ),
                },
              },
            },
          ],
        },
        rights: expect.objectContaining({ Version: "2012-10-17" }),
        maxSessionSeconds: 3_600,
      },
    ]);
  });

  test("may be in another account than they are", () => {
    const [iam] = expected(config(byFunction), { account: "444455556666" });
    const trust = JSON.stringify(iam?.roles[0]?.trust);
    expect(trust).toContain("arn:aws:iam::444455556666:root");
    expect(trust).not.toContain(account);
  });

  test.each([
    ["aws-cn", "cn-north-1"],
    ["aws-us-gov", "us-gov-west-1"],
    ["aws-eusc", "eusc-de-east-1"],
  ])("has ARNs of the partition %s", (partition, region) => {
    const lake = { ...byFunction, region, roleArn: role.replace("arn:aws:", `arn:${partition}:`) };
    const text = JSON.stringify(expected(config(lake), { region }));
    expect(text).toContain(`arn:${partition}:iam::${account}:root`);
    expect(text).toContain(`arn:${partition}:iam::${account}:role/keyvend-prod-${region}-vend`);
    expect(text).toContain(`arn:${partition}:s3:::lake`);
    expect(text).not.toContain("arn:aws:");
    expect(faultsOf(config(lake))[0]).toContain(`cannot assume a role of the partition ${partition}`);
  });

  test("needs to know their account where roles are in several", () => {
    const storages = {
      lake: { ...place, ...byFunction },
      other: { ...place, ...byFunction, roleArn: "arn:aws:iam::444455556666:role/other" },
    };
    const faults = faultsOf({ issuers, storages, grants: [grant] });
    expect(faults).toHaveLength(2);
    expect(faults[0]).toContain("give it (--account)");
    expect(faultsOf({ issuers, storages, grants: [grant] }, { account })).toEqual([]);
  });
});

describe("a role that the user of a key assumes", () => {
  const tagged = {
    ...grant,
    prefix: "t/${claims.team}/",
    sessionTags: { team: "${claims.team}", stage: "prod" },
  };

  test("has what the storage's sessions are told, and no more", () => {
    const lake = { ...byKey, externalId: "keyvend", sessions: "per-principal", sourceIdentity: true };
    const user = `arn:aws:iam::${account}:user/keyvend-prod-eu-central-1-lake`;
    const condition = { ArnEquals: { "aws:PrincipalArn": [user] } };
    const Principal = { AWS: [`arn:aws:iam::${account}:root`] };
    expect(expected(config(lake, tagged))[0]?.roles[0]?.trust.Statement).toEqual([
      {
        Effect: "Allow",
        Principal,
        Action: ["sts:AssumeRole"],
        Condition: { ...condition, StringEquals: { "sts:ExternalId": ["keyvend"] } },
      },
      {
        Effect: "Allow",
        Principal,
        Action: ["sts:TagSession"],
        Condition: { ...condition, "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "stage"] } },
      },
      { Effect: "Allow", Principal, Action: ["sts:SetSourceIdentity"], Condition: condition },
    ]);
  });

  test("and its user are told nothing by grants in audit mode", () => {
    const text = JSON.stringify(expected(config(byKey, grant, { ...tagged, name: "audit", mode: "audit" })));
    expect(text).not.toContain("TagSession");
    expect(text).not.toContain("lake/t/");
  });

  test.each([
    ["43,200 s by a key", { ...byKey, maxDurationSeconds: 43_200 }, 43_200],
    ["half an hour", { ...byKey, maxDurationSeconds: 1_800 }, 3_600],
    ["an hour by the functions", { ...byFunction, maxDurationSeconds: 3_600 }, 3_600],
  ])("has a maximum for sessions of %s", (_what, lake, seconds) => {
    expect(expected(config(lake))[0]?.roles[0]?.maxSessionSeconds).toBe(seconds);
  });

  test("takes its path and its name from the ARN", () => {
    const roleArn = `arn:aws:iam::${account}:role/data/lakes/r_1+=,.@-x`;
    expect(expected(config({ ...byKey, roleArn }))[0]?.roles[0]).toMatchObject({
      path: "/data/lakes/",
      name: "r_1+=,.@-x",
      arn: roleArn,
    });
  });

  test("knows a user that is there already, wherever it is", () => {
    const users = new Map([["lake", "arn:aws:iam::444455556666:user/people/owner"]]);
    const [iam] = expected(config(byKey), { users });
    expect(iam?.users[0]).toMatchObject({
      name: "owner",
      path: "/people/",
      account: "444455556666",
      isGiven: true,
    });
    expect(JSON.stringify(iam?.roles[0]?.trust)).toContain("arn:aws:iam::444455556666:user/people/owner");
    const named = expected(config(byKey), { users: new Map([["lake", "owner"]]) });
    expect(JSON.stringify(named[0]?.roles[0]?.trust)).toContain(`arn:aws:iam::${account}:user/owner`);
  });

  test("knows the user whose keys are rotated, with its path", () => {
    const rotated = { ...byKey, rotation: { user: "teams/data/owner", everyDays: 90 } };
    const [iam] = expected(config(rotated));
    expect(iam?.users[0]).toMatchObject({ name: "owner", path: "/teams/data/", isGiven: true });
    expect(JSON.stringify(iam?.roles[0]?.trust)).toContain(`arn:aws:iam::${account}:user/teams/data/owner`);
  });
});

describe("conflicts are faults", () => {
  const two = (lake: object, other: object) => ({
    issuers,
    storages: { lake: { ...place, ...lake }, other: { ...place, ...other } },
    grants: [grant, { ...grant, name: "other", storage: "other" }],
  });

  test.each([
    ["external ids of one role", two(byKey, { ...byKey, externalId: "x1" }), "differ in externalId"],
    [
      "names that differ in case",
      two(byKey, { ...byKey, roleArn: role.replace("lake", "Lake") }),
      "only in path or case",
    ],
    [
      "names that differ in path",
      two(byKey, { ...byKey, roleArn: role.replace("keyvend-lake", "x/keyvend-lake") }),
      "only in path or case",
    ],
    [
      "a role's name that is too long",
      config({ ...byKey, roleArn: `arn:aws:iam::${account}:role/${"r".repeat(65)}` }),
      "64 characters at most",
    ],
    [
      "a user of roles in two accounts",
      two(byKey, { ...byKey, roleArn: "arn:aws:iam::444455556666:role/other" }),
      "roles in several accounts",
    ],
    [
      "a federated user whose account nothing says",
      config({ issue: "federation-token", secret: "lake" }),
      "give it (--account)",
    ],
  ])("%s", (_what, document, words) => {
    expect(faultsOf(document).join("\n")).toContain(words);
  });

  test("a user's name that is too long, unless the user is there already", () => {
    const name = `l${"-lake".repeat(8)}`;
    const document = {
      issuers,
      storages: { [name]: { ...place, ...byKey } },
      grants: [{ ...grant, storage: name }],
    };
    expect(faultsOf(document)[0]).toContain("longer than the 64 characters");
    expect(faultsOf(document, { users: new Map([[name, "owner"]]) })).toEqual([]);
  });

  test("several users of one key", () => {
    const users = new Map([
      ["lake", "one"],
      ["other", "two"],
    ]);
    expect(faultsOf(two(byKey, byKey), { users })[0]).toContain("names several");
  });
});

describe("resources beside IAM", () => {
  const kmsKeyArn = `arn:aws:kms:eu-central-1:${account}:key/1234`;

  test("a bucket takes TLS alone, and lets in roles of other accounts where it is told", () => {
    const [here] = expected(config(byKey))[0]?.buckets ?? [];
    expect(here?.statements.map(({ Effect, Principal }) => [Effect, Principal])).toEqual([["Deny", "*"]]);
    const bucketAccounts = new Map([["lake", "444455556666"]]);
    const [there] = expected(config(byKey), { bucketAccounts })[0]?.buckets ?? [];
    expect(there?.account).toBe("444455556666");
    const [, ...allows] = there?.statements ?? [];
    expect(allows.flatMap(({ Action }) => Action)).toContain("s3:GetObject");
    for (const { Effect, Principal, Condition } of allows) {
      expect([Effect, Principal]).toEqual(["Allow", { AWS: [`arn:aws:iam::${account}:root`] }]);
      expect(Condition?.["ArnEquals"]).toEqual({ "aws:PrincipalArn": [role] });
    }
  });

  test("a KMS key lets in the role for S3 of its region", () => {
    const [key] = expected(config({ ...byKey, kmsKeyArn }))[0]?.keys ?? [];
    expect(key).toMatchObject({ resource: kmsKeyArn, account, storages: ["lake"] });
    expect(key?.statements).toEqual([
      {
        Effect: "Allow",
        Principal: { AWS: [`arn:aws:iam::${account}:root`] },
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: ["*"],
        Condition: {
          ArnEquals: { "aws:PrincipalArn": [role] },
          StringEquals: { "kms:ViaService": ["s3.eu-central-1.amazonaws.com"] },
        },
      },
    ]);
  });

  test("ways without a setting for keys get them by an option", () => {
    const fluss = config({ issue: "session-token", secret: "lake" });
    const kmsKeyArns = new Map([["lake", [kmsKeyArn]]]);
    const [iam] = expected(fluss, { account, kmsKeyArns });
    expect(JSON.stringify(iam?.users[0]?.policy)).toContain("kms:GenerateDataKey");
    expect(iam?.keys[0]?.statements[0]?.Condition?.["ArnEquals"]).toEqual({
      "aws:PrincipalArn": [`arn:aws:iam::${account}:user/keyvend-prod-eu-central-1-lake`],
    });
    expect(JSON.stringify(expected(fluss)[0]?.users)).not.toContain("kms:");
  });
});

test("stores that are not AWS have an IAM of their own, and what vends nothing needs none", () => {
  const store = { bucket: "lake", region: "us-east-1", endpoint: "https://s3.example.com", secret: "lake" };
  const sts = { ...store, stsEndpoint: "https://s3.example.com", issue: "assume-role", roleArn: role };
  const iam = expected({
    issuers,
    storages: {
      lake: { ...place, ...byKey },
      minio: { ...sts, store: "minio", secret: "minio" },
      ceph: { ...sts, store: "ceph", endpoint: "https://ceph.example.com", secret: "ceph" },
      weed: { ...sts, store: "seaweedfs", endpoint: "https://weed.example.com", secret: "weed" },
      rustfs: { ...sts, endpoint: "https://rustfs.example.com", secret: "rustfs" },
      open: { ...place, issue: "none" },
    },
    grants: [grant],
  });
  expect(iam.map(({ kind, endpoint }) => [kind, endpoint])).toEqual([
    ["aws", undefined],
    ["minio", "https://s3.example.com"],
    ["ceph", "https://s3.example.com"],
    ["seaweedfs", "https://s3.example.com"],
    ["other", "https://s3.example.com"],
  ]);
});

test("the example and the emulation's configuration have their IAM", () => {
  const { config: example } = loadVendingYaml("infra/vending.yml");
  const [aws] = expectedIam(example, { stage: "prod", region: "eu-central-1" });
  expect(aws?.roles.map(({ name, maxSessionSeconds }) => [name, maxSessionSeconds])).toEqual([
    ["keyvend-lake", 43_200],
  ]);
  const local = localVending({
    issuer: "http://127.0.0.1:1",
    sts: "http://127.0.0.1:2",
    s3: "http://127.0.0.1:3",
  });
  const subjects = new Map([["web-identity", ["*"]]]);
  const setting = { stage: "local", region: "us-east-1", subjects };
  expect(
    expected(local, setting).map(({ kind, roles, users }) => [kind, roles.length, users.length]),
  ).toEqual([
    ["other", 3, 2],
    ["other", 0, 1],
  ]);
});

// Whatever is configured, IAM takes what is made, or a fault says what to do instead.
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);
const folder = fc.stringMatching(/^[a-zA-Z0-9 _-]{1,40}$/);
const anyGrants = fc.array(
  fc.record({
    prefix: fc
      .array(folder, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.map((part) => `${part}/`).join("")),
    permission: fc.constantFrom("READ", "WRITE", "READWRITE"),
    tags: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,60}$/), { maxLength: 50 }),
  }),
  { minLength: 1, maxLength: 120, size: "max" },
);

test("every document fits into IAM, or a fault says what to do", () => {
  let made = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      name,
      anyGrants,
      fc.constantFrom("assume-role", "federation-token", "session-token", "static"),
      (storage, grants, issue) => {
        const scoped = issue === "assume-role" || issue === "federation-token";
        const document = {
          issuers,
          storages: {
            [storage]: {
              ...place,
              issue,
              secret: "key",
              ...(issue === "assume-role" && { roleArn: role }),
              ...(issue === "static" && { acknowledgeLongTermKeys: true }),
            },
          },
          grants: grants.map(({ prefix, permission, tags }, at) => ({
            ...grant,
            name: `g${at}`,
            storage,
            ...(scoped && { prefix, permission }),
            ...(issue === "assume-role" &&
              at === 0 &&
              tags.length > 0 && { sessionTags: Object.fromEntries(tags.map((tag) => [tag, "x"])) }),
          })),
        };
        const faults = faultsOf(document, { account });
        if (faults.length > 0) {
          refused++;
          for (const fault of faults) expect(fault).toMatch(/: (give|let|say) /);
          return;
        }
        made++;
        const [iam] = expected(document, { account });
        const within = (policy: PolicyDocument | undefined, most: number) =>
          expect(policy ? charactersOf(policy) : 0).toBeLessThanOrEqual(most);
        for (const { trust, rights } of iam?.roles ?? []) {
          within(trust, sizes.trustByQuota);
          within(rights, sizes.role - sizes.denyInRole);
        }
        for (const { policy } of iam?.users ?? []) within(policy, sizes.managed);
      },
    ),
    { numRuns: 60 },
  );
  expect(Math.min(made, refused)).toBeGreaterThan(0);
});

test("rights that are too many fit where they are on the whole prefix", () => {
  const grants = Array.from({ length: 200 }, (_, at) => ({
    ...grant,
    name: `g${at}`,
    prefix: `${"x".repeat(40)}${at}/`,
  }));
  expect(faultsOf(config(byKey, ...grants))[0]).toContain("(--whole NAME)");
  expect(faultsOf(config(byKey, ...grants), { whole: new Set(["lake"]) })).toEqual([]);
});

describe("of single storages", () => {
  const web = { ...place, issue: "web-identity", roleArn: `arn:aws:iam::${account}:role/web` };
  // A fault, since STS does not judge the claim.
  const claims = { ...grant, name: "claims", storage: "web", claims: { team: "data" } };
  const lake = { ...place, ...byFunction };
  const iamOf = (storages: object, only: string[]) => {
    const parsed = parseConfig({ issuers, storages, grants: [grant, claims] });
    return expectedIam(parsed, { stage: "prod", region: "eu-central-1" }, only);
  };

  test("only theirs is made, whatever is wrong with others", () => {
    const [iam] = iamOf({ lake, web }, ["lake"]);
    expect([iam?.roles.length, iam?.buckets.length]).toEqual([1, 1]);
    expect(() => iamOf({ lake, web }, ["web"])).toThrow("storages.web: the grant claims has the claim team");
  });

  test("what they share is as all need it, and is not made where it is wrong for another", () => {
    expect(() => iamOf({ lake, web: { ...web, roleArn: role } }, ["lake"])).toThrow("storages.web: ");
    const other = { ...lake, bucket: "other" };
    const [iam] = iamOf({ lake, other, web }, ["lake"]);
    expect(iam?.roles[0]?.storages).toEqual(["lake", "other"]);
  });
});
