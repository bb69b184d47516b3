import { randomBytes } from "node:crypto";
import { namesOf } from "../deploy/names.ts";
import { noteCondition, secretActions, userActions } from "../rotation-rights.ts";
import { type Accounts, createAccounts, type PolicySource } from "./aws/accounts.ts";
import type { AccessKey } from "./aws/identities.ts";
import type { StsSession } from "./aws/session-tokens.ts";

/** The emulation's buckets: the storages on `archive` vend a long-term key, and all other storages are on `lake`. */
export const lakeBucket = "lake";
export const archiveBucket = "archive";
/** Names of the emulation's secrets in its Secrets Manager. */
export const lakeSecret = "keyvend/lake";
export const tenantsSecret = "keyvend/tenants";
export const archiveSecret = "keyvend/archive";
/** The name that `serverless.yml` gives the secret of the client keys for the stage `local`. */
export const { clientKeysSecret } = namesOf("local");
/** The user whose long-term key is in the tenants' secret, and is rotated. */
export const tenantsUser = "tenants-owner";
/** The external id of the tenants' role. Without it nobody can assume the role, even with the long-term key. */
export const tenantsExternalId = "keyvend-local";

/** The key of the account's operator. It is the same at every start and no secret, as the emulation's master key is none. */
export const operatorKey: AccessKey = {
  accessKeyId: "AKIALOCALOPERATORAAA",
  secretAccessKey: "the key of every local operator",
};

const accountId = "123456789012";

/** The emulation's roles for storages. */
export const localRoles = {
  /** The tenants' user assumes it by its long-term key. */
  tenants: arnOf("role", "tenants"),
  /** The functions assume it by their own role. */
  ownRole: arnOf("role", "of-the-functions"),
  /** Callers assume it by tokens of the local issuer. */
  webIdentity: arnOf("role", "of-the-callers"),
};
/** The role of the functions themselves. */
export const functionsRole = arnOf("role", "keyvend-functions");

/** The emulation's AWS account. All of its keys but the operator's are new at every start. */
interface LocalAccount {
  accounts: Accounts;
  /** The long-term key whose user's sessions clients get whole. No client ever sees it, nor the next one. */
  lakeKey: AccessKey;
  /** The long-term key of the sessions that a policy holds to their scope. */
  tenantsKey: AccessKey;
  /** The long-term key that clients of the `static` storage do see. */
  archiveKey: AccessKey;
  /** A session of the functions' own role, such as Lambda would give them. */
  functionsSession: StsSession;
}

/**
 * Makes the account: users whose long-term keys are in Secrets Manager, roles for the ways that assume one, and the
 * functions' own role. The functions may read the secrets and assume one role, and have no rights in S3.
 *
 * @example createLocalAccount({ sealingSecret: "keyvend-local/sealing-key", issuer: "http://127.0.0.1:4101" })
 */
export function createLocalAccount({
  sealingSecret,
  issuer,
}: {
  sealingSecret: string;
  issuer: string;
}): LocalAccount {
  const lakeKey = newKey("AKIA");
  const tenantsKey = newKey("AKIA");
  const archiveKey = newKey("AKIA");
  const provider = issuer.replace(/^https?:\/\//, "");
  const lake = allow(["s3:*"], everythingIn(lakeBucket));
  const accounts = createAccounts({
    accountId,
    users: [
      { name: "lake-owner", accessKeys: [lakeKey], policies: [lake] },
      {
        // A user of its own: a session of the lake's owner could assume the role too, and without a policy.
        name: tenantsUser,
        accessKeys: [tenantsKey],
        policies: [
          lake,
          allow(["sts:GetFederationToken", "sts:TagSession"], ["*"]),
          allow(["sts:AssumeRole", "sts:SetSourceIdentity"], [localRoles.tenants]),
        ],
      },
      { name: "archive-owner", accessKeys: [archiveKey], policies: [coldInArchive] },
      { name: "operator", accessKeys: [operatorKey], policies: [allow(["*"], ["*"])] },
    ],
    roles: [
      {
        name: "tenants",
        trust: trust(wholeAccount, assumeWithAttributes, {
          ArnEquals: { "aws:PrincipalArn": arnOf("user", tenantsUser) },
          StringEquals: { "sts:ExternalId": tenantsExternalId },
          StringLike: { "aws:RequestTag/tenant": "?*", "sts:SourceIdentity": "?*" },
        }),
        policies: [lake],
        maxSessionSeconds: 43_200,
      },
      {
        name: "of-the-functions",
        trust: trust(wholeAccount, assumeWithAttributes, {
          ArnEquals: { "aws:PrincipalArn": functionsRole },
          StringLike: { "aws:RequestTag/tenant": "?*" },
        }),
        policies: [lake],
      },
      {
        name: "of-the-callers",
        trust: trust({ Federated: arnOf("oidc-provider", provider) }, ["sts:AssumeRoleWithWebIdentity"], {
          StringEquals: { [`${provider}:aud`]: "keyvend" },
        }),
        policies: [lake],
      },
      {
        name: "keyvend-functions",
        trust: trust({ Service: "lambda.amazonaws.com" }, ["sts:AssumeRole"]),
        policies: [
          allow(
            ["secretsmanager:GetSecretValue"],
            [sealingSecret, clientKeysSecret, lakeSecret, tenantsSecret, archiveSecret].map(
              (name) => `arn:aws:secretsmanager:*:*:secret:${name}-*`,
            ),
          ),
          allow(["sts:AssumeRole", "sts:TagSession"], [localRoles.ownRole]),
          // Of the function that rotates: the emulation's functions have one role.
          allow(secretActions, [`arn:aws:secretsmanager:*:*:secret:${tenantsSecret}-*`]),
          allow(["secretsmanager:TagResource"], ["*"], noteCondition),
          allow(userActions, [arnOf("user", tenantsUser)]),
        ],
      },
    ],
    oidcProviders: [{ issuer, audiences: ["keyvend"], jwksUri: `${issuer}/jwks` }],
  });
  return { accounts, lakeKey, tenantsKey, archiveKey, functionsSession: newFunctionsSession(accounts) };
}

/** The actions that a role's trust policy must allow if its sessions get tags and source identities. */
const assumeWithAttributes = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

/** With a condition on the caller's ARN: a role that is named as a principal itself would be kept by its unique id. */
const wholeAccount = { AWS: `arn:aws:iam::${accountId}:root` };

/** What the storage on `archive` needs of its bucket. */
const coldInArchive: PolicySource = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${archiveBucket}/cold/*` },
    { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: `arn:aws:s3:::${archiveBucket}` },
    {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: `arn:aws:s3:::${archiveBucket}`,
      Condition: { StringLike: { "s3:prefix": "cold/*" } },
    },
  ],
};

function arnOf(kind: string, name: string): string {
  return `arn:aws:iam::${accountId}:${kind}/${name}`;
}

function everythingIn(bucket: string): string[] {
  return [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
}

function allow(actions: string[], resources: string[], condition?: object): PolicySource {
  const statement = { Effect: "Allow", Action: actions, Resource: resources };
  return {
    Version: "2012-10-17",
    Statement: [condition === undefined ? statement : { ...statement, Condition: condition }],
  };
}

function trust(principal: object, actions: string[], condition?: object): PolicySource {
  const statement = { Effect: "Allow", Principal: principal, Action: actions };
  return {
    Version: "2012-10-17",
    Statement: [condition === undefined ? statement : { ...statement, Condition: condition }],
  };
}

/** Lambda renews the sessions of its functions. This one lasts as long as anybody leaves the emulation running. */
function newFunctionsSession(accounts: Accounts): StsSession {
  const roleId = accounts.role(functionsRole)?.id ?? "";
  const issuedAt = Date.now();
  return {
    ...newKey("ASIA"),
    issuedAt,
    expiration: issuedAt + 365 * 24 * 3_600_000,
    holder: { kind: "assumed-role", roleId, sessionName: "keyvend-local" },
    policy: undefined,
    tags: {},
    transitiveTagKeys: [],
    sourceIdentity: undefined,
  };
}

const keyIdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function newKey(kind: "AKIA" | "ASIA"): AccessKey {
  const id = Array.from(randomBytes(16), (byte) => keyIdLetters[byte % keyIdLetters.length]).join("");
  return { accessKeyId: `${kind}${id}`, secretAccessKey: randomBytes(30).toString("base64") };
}
