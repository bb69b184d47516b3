import { parseConfig } from "../../../infra/config/parse-config.ts";
import { cloudFormationOf } from "../../../infra/iam/cloudformation.ts";
import { type Deployer, deployerOf } from "../../../infra/iam/deployer.ts";
import type { ExpectedIam } from "../../../infra/iam/expected.ts";
import { expectedIam } from "../../../infra/iam/expected-iam.ts";
import { accountId } from "./account.ts";

export const target = { stage: "prod", region: "us-east-1" };
const otherAccount = "210987654321";
const place = { region: "us-east-1", issue: "assume-role" };

/** Storages of every way on AWS, a role in another account, and texts that a template could misread. */
const everyWay = {
  issuers: {
    github: {
      issuer: "https://token.actions.githubusercontent.com",
      audience: ["keyvend", "sts.amazonaws.com"],
    },
  },
  storages: {
    own: { ...place, bucket: "s3://own-bucket/w", roleArn: `arn:aws:iam::${accountId}:role/data/own-lake` },
    elsewhere: {
      ...place,
      bucket: "elsewhere-bucket",
      roleArn: `arn:aws:iam::${otherAccount}:role/elsewhere`,
    },
    lake: {
      ...place,
      bucket: "lake-bucket",
      secret: "lake",
      roleArn: `arn:aws:iam::${accountId}:role/lake`,
      externalId: "keyvend",
      kmsKeyArn: `arn:aws:kms:us-east-1:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
      maxDurationSeconds: 43_200,
      sessions: "per-principal",
      sourceIdentity: true,
    },
    federated: {
      ...place,
      bucket: "s3://federated-bucket/we*ird/$x",
      issue: "federation-token",
      secret: "federated",
    },
    fluss: { ...place, bucket: "s3://fluss-bucket/remote", issue: "session-token", secret: "fluss" },
    old: { ...place, bucket: "old-bucket", issue: "static", secret: "old", acknowledgeLongTermKeys: true },
    web: {
      ...place,
      bucket: "web-bucket",
      issue: "web-identity",
      roleArn: `arn:aws:iam::${accountId}:role/web`,
    },
  },
  grants: ["own", "elsewhere", "lake", "federated", "fluss", "old", "web"].map((storage) => ({
    name: storage,
    issuer: "github",
    subject: "repo:acme/lake:*",
    storage,
    permission: "READWRITE",
    ...(storage === "lake" && {
      prefix: "t/${claims.repository_id}/",
      sessionTags: { team: "data" },
      also: ["folder"],
      acknowledgeVisibleNames: true,
    }),
  })),
};

/** The IAM on AWS of these storages, made for moto's account. */
export function iamOfEveryWay(): { iam: ExpectedIam; deployer: Deployer } {
  const bucketAccounts = new Map([["own", otherAccount]]);
  const [iam] = expectedIam(parseConfig(everyWay), { ...target, account: accountId, bucketAccounts });
  if (iam === undefined) throw new Error("There is no IAM.");
  return { iam, deployer: deployerOf({ ...target, account: accountId, options: {} }) };
}

/** The same as a template. */
export function templateOfEveryWay() {
  const { iam, deployer } = iamOfEveryWay();
  return cloudFormationOf(iam, { ...target, deployer });
}
