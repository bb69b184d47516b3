/**
 * The generated IAM, put into moto's account: by CloudFormation, and by the commands of the AWS CLI as an operator runs them. What
 * IAM shows afterwards is what was expected. And AWS's own accounts of CloudFormation's resources, which cfn-lint brings along.
 */
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { accountOfStack, cloudFormationOf } from "../../../infra/iam/cloudformation.ts";
import { deployerOf } from "../../../infra/iam/deployer.ts";
import { deployerTable } from "../../../infra/iam/deployer-table.ts";
import { scriptOf } from "../../../infra/iam/script/script.ts";
import { matchesGlob } from "../../../shared/core/glob.ts";
import { awsCliEnvironment } from "../clients/python/python.ts";
import { accountId } from "./account.ts";
import { iamOfEveryWay, target, templateOfEveryWay } from "./iam-documents.ts";
import { ensureMoto } from "./install.ts";
import { startMoto } from "./server.ts";
import { unneededRights } from "./unneeded-rights.ts";

const run = promisify(execFile);
const anyKey = { accessKeyId: "AKIAANYKEY0000000000", secretAccessKey: "any" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keyvend-iam-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A document as IAM shows it. moto shows some that come from templates as Python writes them. */
const documentOf = (text = ""): unknown => JSON.parse(decodeURIComponent(text).replaceAll("'", '"'));

async function policyAt(iam: IAMClient, PolicyArn: string): Promise<unknown> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const VersionId = Policy?.DefaultVersionId;
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  return documentOf(PolicyVersion?.Document);
}

/** All that is expected in moto's account is there, as it has to be. */
async function expectAll(
  iam: IAMClient,
  { iam: expected, deployer }: ReturnType<typeof iamOfEveryWay>,
): Promise<void> {
  const here = expected.roles.filter(({ account }) => account === accountId);
  for (const { name: RoleName, path, arn, trust, rights, maxSessionSeconds } of here) {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(Role).toMatchObject({ Arn: arn, Path: path, MaxSessionDuration: maxSessionSeconds });
    expect(documentOf(Role?.AssumeRolePolicyDocument)).toEqual(trust);
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "keyvend" }));
    expect(documentOf(PolicyDocument)).toEqual(rights);
  }
  for (const { name: UserName, policyName, policy } of expected.users) {
    await iam.send(new GetUserCommand({ UserName }));
    const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
    expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toEqual([policyName]);
    expect(await policyAt(iam, AttachedPolicies?.[0]?.PolicyArn ?? "")).toEqual(policy);
  }
  for (const { name, policy } of deployer.policies)
    expect(await policyAt(iam, `arn:aws:iam::${accountId}:policy/${name}`)).toEqual(policy);
}

describe("in moto's account", () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let iam: IAMClient;
  let cloudFormation: CloudFormationClient;
  beforeEach(async () => {
    moto = await startMoto();
    const settings = { endpoint: moto.endpoint, region: target.region, credentials: anyKey };
    iam = new IAMClient(settings);
    cloudFormation = new CloudFormationClient(settings);
  });
  afterEach(async () => {
    iam?.destroy();
    cloudFormation?.destroy();
    await moto?.stop();
  });
  const deploy = (template: object) =>
    cloudFormation.send(
      new CreateStackCommand({
        StackName: "iam",
        TemplateBody: JSON.stringify(template),
        Capabilities: ["CAPABILITY_NAMED_IAM"],
      }),
    );

  test("CloudFormation makes what belongs to the account, and nothing of another", async () => {
    await deploy(templateOfEveryWay());
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: "iam" }));
    expect(Stacks?.[0]?.StackStatus).toBe("CREATE_COMPLETE");
    await expectAll(iam, iamOfEveryWay());
    // moto makes no issuers by CloudFormation.
    await expect(iam.send(new GetRoleCommand({ RoleName: "elsewhere" }))).rejects.toThrow("not found");
  });

  test("a template without an account has that of its stack", async () => {
    const deployer = deployerOf({ ...target, account: accountOfStack, options: {} });
    const nothing = { roles: [], users: [], providers: [], buckets: [] };
    await deploy(cloudFormationOf(nothing, { ...target, deployer }));
    const iamHere = { ...iamOfEveryWay().iam, ...nothing };
    await expectAll(iam, {
      iam: iamHere,
      deployer: deployerOf({ ...target, account: accountId, options: {} }),
    });
  });

  test("the script's commands do the same by the AWS CLI, once and again", async () => {
    const { iam: all, deployer } = iamOfEveryWay();
    // A few of them: each command starts a program that takes its time.
    const few = {
      ...all,
      roles: all.roles.filter(({ name }) => name === "web"),
      users: all.users.filter(({ storages }) => storages.includes("fluss")),
    };
    const script = scriptOf([few], { stage: target.stage, deployer });
    const env = {
      PATH: `${await awsCliEnvironment()}:${process.env["PATH"]}`,
      HOME: folder,
      AWS_ENDPOINT_URL: moto.endpoint,
      AWS_REGION: target.region,
      AWS_DEFAULT_REGION: target.region,
      AWS_ACCESS_KEY_ID: anyKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: anyKey.secretAccessKey,
      AWS_PAGER: "",
    };
    for (const time of ["once", "again"]) {
      await run("sh", ["-c", script], { cwd: folder, env });
      await expectAll(iam, { iam: few, deployer });
      const [provider] = few.providers;
      const OpenIDConnectProviderArn = provider?.arn;
      const found = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
      expect(found.ClientIDList, time).toEqual(provider?.audiences);
    }
  });
});

describe("by what AWS says of CloudFormation's resources", () => {
  test("the templates have no fault", async () => {
    const cfnLint = join(dirname(await ensureMoto()), "cfn-lint");
    const { iam: expected } = iamOfEveryWay();
    const templates = [
      templateOfEveryWay(),
      cloudFormationOf({ ...expected, providers: [], buckets: [] }, target),
    ];
    for (const [at, template] of templates.entries()) {
      const file = join(folder, `template-${at}.json`);
      writeFileSync(file, JSON.stringify(template));
      expect((await run(cfnLint, [file])).stdout).toBe("");
    }
  });

  test("the deployer has every right that making, changing and removing its resources takes", async () => {
    const options = {
      vpcSubnetIds: ["subnet-0a1b2c3d"],
      vpcSecurityGroupIds: ["sg-0a1b2c3d"],
      kmsKeyArn: `arn:aws:kms:us-east-1:${accountId}:key/1234`,
      domainName: "keyvend.example.com",
      certificateArn: `arn:aws:acm:us-east-1:${accountId}:certificate/1234`,
      hostedZoneId: "Z0123456789",
      alarmEmail: "operators@example.com",
    };
    const table = deployerTable({ ...target, account: accountId, options });
    const types = [...new Set(table.flatMap((right) => right.for))];
    const schemas = join(
      dirname(await ensureMoto()),
      "../lib/python3*/site-packages/cfnlint/data/schemas/resources",
    );
    const handlers = new Map<string, Set<string>>();
    for (const file of globSync(`${schemas}/*.json`)) {
      const schema: Schema = JSON.parse(readFileSync(file, "utf8"));
      if (!types.includes(schema.typeName)) continue;
      const needed = handlers.get(schema.typeName) ?? new Set();
      // Listing is for drift and imports.
      for (const [name, { permissions = [] }] of Object.entries(schema.handlers ?? {}))
        if (name !== "list") for (const permission of permissions) needed.add(permission);
      handlers.set(schema.typeName, needed);
    }
    expect([...handlers.keys()].sort()).toEqual(types.toSorted());
    const identity = deployerOf({ ...target, account: accountId, options }).policies.map(
      ({ policy }) => policy,
    );
    const allowed = identity.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
    const may = (action: string) =>
      allowed.some((pattern) => matchesGlob(pattern.toLowerCase(), action.toLowerCase()));
    const lacking = [...handlers].flatMap(([type, needed]) =>
      [...needed].filter((action) => !may(action)).map((action) => [type, action] as const),
    );
    const unneeded = unneededRights.flatMap(([type, , patterns]) =>
      patterns.map((pattern) => [type, pattern] as const),
    );
    const covers = ([type, pattern]: readonly [string, string], [of, action]: readonly [string, string]) =>
      type === of && matchesGlob(pattern, action);
    expect(lacking.filter((right) => !unneeded.some((one) => covers(one, right)))).toEqual([]);
    // What stands there for nothing would hide what comes later.
    expect(unneeded.filter((one) => !lacking.some((right) => covers(one, right)))).toEqual([]);
  });
});

/** What AWS says of a type of resource: among others, which permissions each of its handlers uses. */
interface Schema {
  typeName: string;
  handlers?: Record<string, { permissions?: string[] }>;
}
