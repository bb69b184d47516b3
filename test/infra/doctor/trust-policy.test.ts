import { expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { storageRolesOf, trustedBy } from "../../../infra/doctor/account/roles.ts";
import { faultsOfTrust, type Trusted } from "../../../infra/doctor/account/trust-policy.ts";
import { expectedIam } from "../../../infra/iam/expected-iam.ts";

const account = "arn:aws:iam::111122223333";
const user = `${account}:user/keyvend-prod-eu-central-1-lake`;
const vend = `${account}:role/keyvend-prod-eu-central-1-vend`;
const provider = "login.example.com/realm";
const root = { AWS: `${account}:root` };
const isUser = { ArnEquals: { "aws:PrincipalArn": user } };

/** The faults of a policy with one statement, which lets keyvend in unless it is changed. */
function faults(change: object, trusted: Partial<Trusted> = {}): string[] {
  const statement = {
    Effect: "Allow",
    Principal: root,
    Action: "sts:AssumeRole",
    Condition: isUser,
    ...change,
  };
  return messages([statement], trusted);
}

function messages(Statement: unknown, trusted: Partial<Trusted> = {}): string[] {
  const measure = { callers: [user], providers: [], ...trusted };
  return faultsOfTrust({ Version: "2012-10-17", Statement }, measure).map(({ message }) => message);
}

test.each<[string, object]>([
  ["the account, and the user by its ARN", {}],
  ["the account by its number", { Principal: { AWS: "111122223333" } }],
  [
    "one statement in a list, and lists of one",
    { Action: ["sts:AssumeRole"], Principal: { AWS: [`${account}:root`] } },
  ],
  ["the ARN by a StringEquals", { Condition: { StringEquals: { "aws:PrincipalArn": [user] } } }],
  ["the key in another case", { Condition: { ArnEquals: { "AWS:principalarn": user } } }],
  ["the user itself", { Principal: { AWS: user }, Condition: {} }],
])("is in order with %s", (_what, change) => {
  expect(faults(change)).toEqual([]);
});

test("is in order in another partition, and with several callers", () => {
  const callers = ["vend", "warm"].map(
    (name) => `arn:aws-cn:iam::111122223333:role/keyvend-prod-cn-north-1-${name}`,
  );
  const change = {
    Principal: { AWS: "arn:aws-cn:iam::111122223333:root" },
    Condition: { ArnEquals: { "aws:PrincipalArn": callers } },
  };
  expect(faults(change, { callers })).toEqual([]);
});

test.each<[string, object, string]>([
  ["everybody", { Principal: "*" }, "everybody"],
  ["everybody as an AWS principal, whatever the condition", { Principal: { AWS: "*" } }, "everybody"],
  ["everybody among others", { Principal: { AWS: [user, "*"] } }, "everybody"],
  ["everybody but one", { Principal: undefined, NotPrincipal: root }, "NotPrincipal"],
  ["the account without a condition", { Condition: {} }, "no condition on aws:PrincipalArn"],
  [
    "the account with a condition on something else",
    { Condition: { StringEquals: { "aws:PrincipalTag/team": "data" } } },
    "no condition",
  ],
  [
    "the account with a condition that holds for all others",
    { Condition: { ArnNotEquals: { "aws:PrincipalArn": "arn:x" } } },
    "no condition",
  ],
  [
    "the account with a pattern",
    { Condition: { ArnLike: { "aws:PrincipalArn": `${account}:user/keyvend-*` } } },
    "keyvend-* in",
  ],
  [
    "another user beside ours",
    { Condition: { ArnEquals: { "aws:PrincipalArn": [user, `${account}:user/eve`] } } },
    "user/eve in",
  ],
  [
    "another account",
    { Principal: { AWS: [`${account}:root`, "arn:aws:iam::444455556666:root"] } },
    "account 444455556666",
  ],
  ["another account by its number", { Principal: { AWS: ["444455556666", user] } }, "account 444455556666"],
  ["another role", { Principal: { AWS: [user, `${account}:role/admin`] } }, "role/admin in"],
  [
    "the sessions of a role",
    { Principal: { AWS: [user, "arn:aws:sts::111122223333:assumed-role/lake/a"] } },
    "assumed-role/lake/a in",
  ],
  ["a service", { Principal: { AWS: user, Service: "ec2.amazonaws.com" } }, "ec2.amazonaws.com in"],
  [
    "an issuer",
    { Principal: { AWS: user, Federated: `${account}:oidc-provider/${provider}` } },
    `callers of ${provider}`,
  ],
  ["a principal by an id that is gone", { Principal: { AWS: [user, "AROAJQABLZS4A3QDU576Q"] } }, "deleted"],
])("is told to let in %s", (_whom, change, words) => {
  expect(faults(change)).toEqual([expect.stringContaining(words)]);
});

test.each(["*", "sts:*", "STS:assumerole", "sts:Assume*", "sts:A?sumeRole", "sts:AssumeRoleWithSAML"])(
  "a statement on %s opens the role",
  (Action) => {
    const others = { Effect: "Allow", Principal: { AWS: `${account}:role/admin` }, Action };
    const ours = { Effect: "Allow", Principal: root, Action: "sts:AssumeRole", Condition: isUser };
    expect(messages([ours, others])).toEqual([expect.stringContaining("role/admin in")]);
  },
);

test("a statement on all but some actions opens the role, and one on tags does not", () => {
  const ours = { Effect: "Allow", Principal: root, Action: "sts:AssumeRole", Condition: isUser };
  const others = { Effect: "Allow", Principal: { AWS: `${account}:role/admin` } };
  expect(messages([ours, { ...others, NotAction: "sts:TagSession" }])).toHaveLength(1);
  expect(messages([ours, { ...others, Action: ["sts:TagSession", "sts:SetSourceIdentity"] }])).toEqual([]);
  expect(messages([ours, { ...others, Effect: "Deny", Action: "*" }])).toEqual([]);
});

test("keyvend is to be let in, each of its callers", () => {
  expect(messages([])).toEqual([`does not let ${user} in`]);
  expect(
    faults({ Condition: { ArnEquals: { "aws:PrincipalArn": user } } }, { callers: [user, vend] }),
  ).toEqual([`does not let ${vend} in`]);
  expect(faults({ Action: "sts:TagSession" })).toEqual([`does not let ${user} in`]);
});

test("a role that is named itself is trusted only until it is made anew", () => {
  expect(faults({ Principal: { AWS: vend }, Condition: {} }, { callers: [vend] })).toEqual([
    expect.stringContaining("when that role is made anew"),
  ]);
});

test("the external id is to be asked for, and by its whole text", () => {
  const withId = (operator: string, id: string) => ({
    Condition: {
      ...isUser,
      [operator]: { ...(operator === "ArnEquals" ? isUser.ArnEquals : {}), "sts:ExternalId": id },
    },
  });
  const externalId = "ours";
  expect(faults(withId("StringEquals", "ours"), { externalId })).toEqual([]);
  expect(faults(withId("StringEquals", "theirs"), { externalId })).toEqual(["asks for another external id"]);
  expect(faults(withId("StringLike", "*"), { externalId })).toEqual(["does not ask for the external id"]);
  expect(faults(withId("StringEqualsIfExists", "ours"), { externalId })).toEqual([
    "does not ask for the external id",
  ]);
  expect(faults({}, { externalId })).toEqual(["does not ask for the external id"]);
});

const aud = { [`${provider}:aud`]: "keyvend" };

test.each<[string, object, number, number]>([
  ["by its audience", { StringEquals: aud }, 0, 1],
  ["by subject and audience", { StringEquals: { ...aud, [`${provider}:sub`]: "job" } }, 0, 0],
  [
    "by a pattern of another claim",
    { StringEquals: aud, StringLike: { [`${provider}:ref`]: "refs/*" } },
    0,
    0,
  ],
  ["by any subject", { StringEquals: aud, StringLike: { [`${provider}:sub`]: "*" } }, 0, 1],
  ["by any audience", { StringLike: { [`${provider}:aud`]: "*" } }, 1, 1],
  ["by nothing", {}, 1, 1],
])("tokens of the storage's issuer are let in %s", (_how, Condition, ofAll, ofSome) => {
  const statement = {
    Effect: "Allow",
    Principal: { Federated: `${account}:oidc-provider/${provider}` },
    ...{ Action: "sts:AssumeRoleWithWebIdentity", Condition },
  };
  const faultsFor = (isForSome: boolean) =>
    messages(statement, { callers: [], providers: [{ name: provider, isForSome }] });
  expect([faultsFor(false).length, faultsFor(true).length]).toEqual([ofAll, ofSome]);
});

const place = { bucket: "lake", region: "eu-central-1" };
const roleArn = `${account}:role/keyvend-lake`;
const byRole = { ...place, issue: "assume-role", roleArn };
const grantOn = (storage: string, change: object = {}) => ({
  ...{ name: storage, issuer: "company", subject: "*", storage, permission: "READWRITE" },
  ...change,
});

test.each<[string, Record<string, object>, object[]]>([
  ["the functions' roles", { lake: byRole }, [grantOn("lake")]],
  ["a key's user", { lake: { ...byRole, secret: "lake" } }, [grantOn("lake")]],
  ["an external id", { lake: { ...byRole, secret: "lake", externalId: "ours" } }, [grantOn("lake")]],
  [
    "tags and source identities",
    { lake: { ...byRole, sessions: "per-principal", sourceIdentity: true } },
    [grantOn("lake", { sessionTags: { team: "data" } })],
  ],
  [
    "one role for a key's user, the functions and callers' own tokens",
    { lake: { ...byRole, secret: "lake" }, own: byRole, tokens: { ...byRole, issue: "web-identity" } },
    [grantOn("lake"), grantOn("own"), grantOn("tokens", { subject: ["ingest-*", "etl"] })],
  ],
  ["everybody's tokens", { lake: { ...byRole, issue: "web-identity" } }, [grantOn("lake")]],
])("what config:iam generates is in order: %s", (_what, storages, grants) => {
  const issuers = { company: { issuer: `https://${provider}`, audience: "keyvend" } };
  const config = parseConfig({ issuers, storages, grants });
  const [iam] = expectedIam(config, { stage: "prod", region: "eu-central-1" });
  const [role] = iam?.roles ?? [];
  const owners = (iam?.users ?? []).map(({ account: of, path, name, secret }) => ({
    userArn: `arn:aws:iam::${of}:user${path}${name}`,
    key: { secret, accessKeyId: "", storages: [], putAt: 0, isOfIam: true },
  }));
  const functionRoles = ["vend", "warm"].map((name) => `${account}:role/keyvend-prod-eu-central-1-${name}`);
  const [storageRole] = storageRolesOf(config);
  const trusted = trustedBy(storageRole?.storages ?? [], "prod", config, { functionRoles, owners });
  if (role === undefined || trusted === undefined) return expect.unreachable("no role");
  expect(trusted.callers.length + trusted.providers.length).toBeGreaterThan(0);
  expect(faultsOfTrust({ ...role.trust }, trusted)).toEqual([]);
});
