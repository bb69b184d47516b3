import { createHash } from "node:crypto";
import type { Deployer } from "./deployer.ts";
import type { ExpectedIam } from "./expected.ts";
import { policyOf } from "./policy-document.ts";

/** Stands in documents for an account that nothing names: it is the one into which a template is deployed. */
export const accountOfStack = "${AWS::AccountId}";

interface Template {
  AWSTemplateFormatVersion: "2010-09-09";
  Description: string;
  Parameters?: Record<string, object>;
  Conditions?: Record<string, object>;
  Resources: Record<string, object>;
}

/**
 * The IAM on AWS as one CloudFormation template. What belongs to a known account is made in that account alone, so that the same
 * template goes into each account that the configuration names.
 *
 * @example cloudFormationOf(iam, { stage: "prod", region: "eu-central-1" }).Resources
 */
export function cloudFormationOf(
  { roles, users, providers, buckets }: Pick<ExpectedIam, "roles" | "users" | "providers" | "buckets">,
  { stage, region, deployer }: { stage: string; region: string; deployer?: Deployer | undefined },
): Template {
  const parameters: Record<string, object> = {};
  const conditions: Record<string, object> = {};
  const resources: Record<string, object> = {};

  const inAccount = (account: string | undefined) => {
    if (account === undefined || account === accountOfStack) return [];
    const name = `InAccount${account}`;
    conditions[name] = { "Fn::Equals": [{ Ref: "AWS::AccountId" }, account] };
    return [name];
  };
  const isTrue = (parameter: string, Description: string) => {
    parameters[parameter] = {
      Type: "String",
      AllowedValues: ["true", "false"],
      Default: "false",
      Description,
    };
    return { "Fn::Equals": [{ Ref: parameter }, "true"] };
  };
  const add = (id: string, Type: string, Properties: object, needed: readonly string[]) => {
    const [first, ...others] = needed;
    const both = needed.join("And");
    if (others.length > 0) conditions[both] = { "Fn::And": needed.map((Condition) => ({ Condition })) };
    resources[id] = {
      Type,
      ...(first !== undefined && { Condition: others.length > 0 ? both : first }),
      Properties: withAccount(Properties),
    };
  };

  for (const { url, audiences, arn, account } of providers) {
    const id = logicalId("Issuer", arn);
    const isThere = isTrue(`${id}IsThere`, `Does the account know the issuer ${url} already?`);
    conditions[`Make${id}`] = { "Fn::Not": [isThere] };
    const needed = [...inAccount(account), `Make${id}`];
    add(id, "AWS::IAM::OIDCProvider", { Url: url, ClientIdList: audiences }, needed);
  }
  for (const { name, path, arn, account, trust, rights, maxSessionSeconds } of roles) {
    const role = {
      RoleName: name,
      Path: path,
      AssumeRolePolicyDocument: trust,
      MaxSessionDuration: maxSessionSeconds,
      ...(rights && { Policies: [{ PolicyName: "keyvend", PolicyDocument: rights }] }),
    };
    add(logicalId("Role", arn), "AWS::IAM::Role", role, inAccount(account));
  }
  for (const { name, path, account, policyName, policy, isGiven } of users) {
    const id = logicalId("User", policyName);
    const needed = inAccount(account);
    if (!isGiven) add(id, "AWS::IAM::User", { UserName: name, Path: path }, needed);
    if (policy === undefined) continue;
    const Users = [isGiven ? name : { Ref: id }];
    const managed = { ManagedPolicyName: policyName, PolicyDocument: policy, Users };
    add(logicalId("Policy", policyName), "AWS::IAM::ManagedPolicy", managed, needed);
  }
  if (buckets.length > 0)
    conditions["PutBucketPolicies"] = isTrue(
      "BucketPolicies",
      "Put the policies of the buckets? They replace those that the buckets have.",
    );
  for (const { resource, account, statements } of buckets)
    add(
      logicalId("Bucket", resource),
      "AWS::S3::BucketPolicy",
      { Bucket: resource, PolicyDocument: policyOf(statements) },
      [...inAccount(account), "PutBucketPolicies"],
    );
  for (const { name, policy } of deployer?.policies ?? []) {
    const managed = { ManagedPolicyName: name, PolicyDocument: policy };
    add(logicalId("Deployer", name), "AWS::IAM::ManagedPolicy", managed, inAccount(deployer?.account));
  }
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `The IAM of keyvend's stage ${stage} in ${region} that is outside of its stack. It needs CAPABILITY_NAMED_IAM.`,
    ...(Object.keys(parameters).length > 0 && { Parameters: parameters }),
    ...(Object.keys(conditions).length > 0 && { Conditions: conditions }),
    Resources: resources,
  };
}

/** A logical id has letters and digits alone, and two names must never get the same one. */
function logicalId(kind: string, name: string): string {
  const words = name.replace(/^.*[:/]/, "").split(/[^A-Za-z0-9]+/);
  const readable = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${kind}${readable.slice(0, 100)}${hash}`;
}

/** CloudFormation puts the account into texts that say so, and into no others. */
function withAccount(value: unknown): unknown {
  if (typeof value === "string")
    return value.includes(accountOfStack)
      ? { "Fn::Sub": value.split(accountOfStack).map(escaped).join(accountOfStack) }
      : value;
  if (Array.isArray(value)) return value.map(withAccount);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withAccount(each)]));
}

function escaped(text: string): string {
  return text.replaceAll("${", "${!");
}
