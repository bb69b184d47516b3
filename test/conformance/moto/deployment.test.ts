/**
 * `npm run deploy`, `remove` and `secret:put` as an operator runs them, by Serverless itself into moto's account: two stages side by
 * side, with options and without, read back with the AWS SDK.
 *
 * moto makes a part of the template's types and passes over the others; a test below lists them. Of what it makes it leaves out traces,
 * the keys of logs and the managed policies of roles, and an update changes no role: there the test reads the template that
 * CloudFormation got. It does not know the deletion policy RetainExceptOnCreate, and deletes what AWS would keep.
 */
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOperator, type Operator } from "../../journeys/operator.ts";
import { queryCall } from "../query-call.ts";
import { type Deployed, deployedAt } from "./deployed.ts";
import { startFront } from "./front.ts";
import { startMoto } from "./server.ts";

const region = "eu-central-1";
const credentials = { accessKeyId: "AKIAOPERATOR00000000", secretAccessKey: "operator" };
const kmsKeyArn = `arn:aws:kms:${region}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const key = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not/a+real/key" };
const nextKey = { accessKeyId: "AKIAI44QH8DHBEXAMPLE", secretAccessKey: "no/real+key/either" };

const stops: (() => unknown)[] = [];
let operator: Operator;
let deployed: Deployed;
let secrets: SecretsManagerClient;
let network: { subnets: string[]; group: string };

beforeAll(async () => {
  const moto = await startMoto();
  stops.push(moto.stop);
  const front = await startFront(moto.endpoint);
  stops.push(front.close);
  operator = await createOperator({
    AWS_ENDPOINT_URL: front.url,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  stops.push(operator.close);
  const settings = { endpoint: moto.endpoint, region, credentials };
  deployed = deployedAt(settings);
  secrets = new SecretsManagerClient(settings);
  stops.push(deployed.close, () => secrets.destroy());
  network = await networkAt(moto.endpoint);
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** Of the network that an account has from the beginning. */
async function networkAt(endpoint: string): Promise<typeof network> {
  const ec2 = async (action: string, pattern: RegExp) => {
    const signer = { service: "ec2", region, key: credentials } as const;
    const answer = await queryCall(endpoint, signer, `Action=${action}&Version=2016-11-15`);
    return [...(await answer.text()).matchAll(pattern)].map(([, id = ""]) => id);
  };
  const [group = ""] = await ec2("DescribeSecurityGroups", /<groupId>(sg-[0-9a-f]+)</g);
  return { subnets: await ec2("DescribeSubnets", /<subnetId>(subnet-[0-9a-f]+)</g), group };
}

const storage = (name: string) =>
  `  ${name}: { bucket: our-${name}, region: ${region}, issue: federation-token, secret: ${name} }\n`;
const grant = (name: string) =>
  `  - { name: ${name}, issuer: company, subject: "*", storage: ${name}, permission: READ }\n`;
const vending = (...storages: string[]) =>
  `issuers: { company: { issuer: https://login.example.com, audience: keyvend } }
storages:
${storages.map(storage).join("")}grants:
${storages.map(grant).join("")}`;

async function deploy(stage: string): Promise<void> {
  const ended = await operator.npmRun(["deploy", "--config", `vending.${stage}.yml`, "--stage", stage]);
  expect(ended, ended.err).toMatchObject({ status: 0 });
}

/** The secrets of storages that vend may read, as its role's policy names them: without those of the stack. */
async function readableIn(stage: string): Promise<string[]> {
  const { Role = "" } = await deployed.function(`keyvend-${stage}-vend`);
  const statements = await deployed.statements(Role.replace(/^.*\//, ""));
  const { Resource } = statements.find(({ Sid }) => Sid === "ReadKeys") ?? expect.unreachable("no right");
  return [Resource].flat().filter((arn) => typeof arn === "string");
}

/** The same by the template that CloudFormation got last. */
async function namedIn(stack: string): Promise<string[]> {
  const text = JSON.stringify((await deployed.template(stack)).Resources["VendRole"]);
  return [...text.matchAll(/:secret:([^"]+-\?{6})"/g)].map(([, name = ""]) => secretArn(name));
}

const secretArn = (name: string) => `arn:aws:secretsmanager:${region}:123456789012:secret:${name}`;

test("two stages are deployed side by side, one with options and one without", async () => {
  await operator.write("vending.dev.yml", vending("lake"));
  await operator.write("vending.prod.yml", vending("lake", "sea"));
  await operator.write(
    "vending.prod.params.yml",
    `vpcSubnetIds: [${network.subnets.join(", ")}]
vpcSecurityGroupIds: ${network.group}
kmsKeyArn: ${kmsKeyArn}
tracing: true
reservedConcurrency: 50
logRetentionInDays: 90
tags: { team: data, STAGE: production }
`,
  );
  await deploy("dev");
  await deploy("prod");
  const [dev, prod] = await Promise.all(["keyvend-dev", "keyvend-prod"].map(deployed.resources));
  expect(Object.keys(prod ?? {})).toEqual(
    expect.arrayContaining([...Object.keys(dev ?? {}), "OptionRights"]),
  );
  const names = (resources: Record<string, string> = {}) => Object.values(resources).filter(Boolean);
  expect(names(dev).length).toBeGreaterThan(10);
  expect(names(dev).filter((name) => names(prod).includes(name))).toEqual([]);
});

test("moto makes all of the template but these types, which cfn-lint alone has judged", async () => {
  expect(await deployed.unknownTypes("keyvend-prod")).toEqual([
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::InsightRule",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::Secret",
  ]);
});

describe.each(["dev", "prod"])("the functions of %s", (stage) => {
  test.each(["vend", "warm"])("know their own stage's names: %s", async (name) => {
    const { Environment, Role, Handler } = await deployed.function(`keyvend-${stage}-${name}`);
    expect(Environment?.Variables).toMatchObject({
      VENDING_TABLE: `keyvend-${stage}`,
      SEALING_SECRET: `keyvend-${stage}/sealing-key`,
      WARM_FUNCTION: `keyvend-${stage}-warm`,
    });
    expect(Handler).toBe(`.build/${stage}/${name}/${name}.handler`);
    expect(Role).toContain(`:role/keyvend-${stage}-`);
    const { storages } = await deployed.configurationOf(`keyvend-${stage}-${name}`);
    expect(storages[0]).toMatchObject({ name: "lake", secret: `keyvend-${stage}/lake` });
  });

  test("may read their own stage's secrets, and write their own log and table", async () => {
    const { Role = "" } = await deployed.function(`keyvend-${stage}-vend`);
    const statements = await deployed.statements(Role.replace(/^.*\//, ""));
    const named = statements.flatMap(({ Resource }) => Resource ?? []).filter((arn) => arn !== null);
    const other = stage === "dev" ? "prod" : "dev";
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((arn) => arn.includes(`keyvend-${other}`))).toEqual([]);
    expect(await readableIn(stage)).toContain(secretArn(`keyvend-${stage}/lake-??????`));
  });
});

describe("the options", () => {
  test("reach each function of the stage that has them, and its role", async () => {
    const { OptionRights = "", ...resources } = await deployed.resources("keyvend-prod");
    const functions = Object.entries(resources).filter(([id]) => id.endsWith("LambdaFunction"));
    expect(functions.length).toBeGreaterThan(1);
    const { Resources } = await deployed.template("keyvend-prod");
    for (const [id, name] of functions) {
      const { VpcConfig } = await deployed.function(name);
      expect(VpcConfig).toMatchObject({ SubnetIds: network.subnets, SecurityGroupIds: [network.group] });
      const role = id.replace("LambdaFunction", "Role");
      expect(Resources[role]?.Properties?.["ManagedPolicyArns"]).toEqual([{ Ref: "OptionRights" }]);
    }
    const rights = await deployed.statementsOfPolicy(OptionRights);
    expect(rights.map(({ Sid }) => Sid)).toEqual(["LambdaConnects", "CodeDoesNot", "UseKey", "Trace"]);
    expect(rights[2]?.Resource).toBe(kmsKeyArn);
  });

  test("do not reach the stage that has none", async () => {
    const { VpcConfig } = await deployed.function("keyvend-dev-vend");
    expect([VpcConfig, (await deployed.resources("keyvend-dev"))["OptionRights"]]).toEqual([
      undefined,
      undefined,
    ]);
    expect(new Set(Object.values(await deployed.retention("/aws/lambda/keyvend-dev-")))).toEqual(
      new Set([365]),
    );
  });

  test("reach every log, and the tags the whole stack", async () => {
    for (const prefix of ["/aws/lambda/keyvend-prod-", "/aws/http-api/keyvend-prod"])
      expect(new Set(Object.values(await deployed.retention(prefix)))).toEqual(new Set([90]));
    expect(await deployed.tags("keyvend-prod")).toEqual({ team: "data", STAGE: "production" });
    expect(await deployed.tags("keyvend-dev")).toEqual({ STAGE: "dev" });
  });
});

describe("a storage's secret", () => {
  const SecretId = "keyvend-prod/sea";
  const target = ["--storage", "sea", "--config", "vending.prod.yml", "--stage", "prod"];
  const put = (value: object, ...more: string[]) =>
    operator.npmRun(["secret:put", ...target, ...more], JSON.stringify({ AccessKey: value }));
  const said = (...steps: string[]) => ({
    status: 0,
    out: steps.map((step) => `${SecretId} in ${region}: ${step}\n`).join(""),
    err: "",
  });
  const held = async (stage?: string) => {
    const VersionStage = stage ?? "AWSCURRENT";
    const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    return JSON.parse(SecretString);
  };

  test("is made with the stage's key and tags, and is one that the functions of that stage may read", async () => {
    expect(await put(key)).toEqual(said("made the secret, with the key"));
    const { ARN = "", KmsKeyId, Tags } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    expect(await held()).toEqual(key);
    expect([KmsKeyId, Tags]).toEqual([kmsKeyArn, expect.arrayContaining([{ Key: "team", Value: "data" }])]);
    const opens = (pattern: string) =>
      new RegExp(`^${pattern.replace(/[.*+^${}()|[\]\\/]/g, "\\$&").replaceAll("?", ".")}$`).test(ARN);
    expect((await readableIn("prod")).filter(opens)).toEqual([secretArn("keyvend-prod/sea-??????")]);
    expect((await readableIn("dev")).filter(opens)).toEqual([]);
  });

  test("keeps the key before the one that is put in, also if that is put in twice", async () => {
    expect(await put(nextKey)).toEqual(said("put the key in"));
    expect(await put(nextKey)).toEqual(said("found the key there already"));
    expect([await held(), await held("AWSPREVIOUS")]).toEqual([nextKey, key]);
  });

  test("is taken back if it is to be deleted", async () => {
    await secrets.send(new DeleteSecretCommand({ SecretId }));
    expect(await put(key)).toEqual(said("took back the secret, which was to be deleted", "put the key in"));
    expect(await held()).toEqual(key);
  });

  test("is encrypted by another KMS key, if the parameters have another", async () => {
    const other = kmsKeyArn.replace("1234abcd", "5678abcd");
    expect(await put(key, "--param", `kmsKeyArn=${other}`)).toEqual(
      said("encrypted the secret by the KMS key of the parameters", "found the key there already"),
    );
    const { KmsKeyId } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    expect(KmsKeyId).toBe(other);
  });

  test("that is given by its ARN is filled, and never made", async () => {
    const { ARN = "" } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    const byArn = (arn: string) => vending("sea").replace("secret: sea", `secret: "${arn}"`);
    await operator.write("by-arn.yml", byArn(ARN));
    const call = ["secret:put", "--storage", "sea", "--config", "by-arn.yml"];
    expect(await operator.npmRun(call, JSON.stringify(nextKey))).toMatchObject({
      status: 0,
      out: `${ARN} in ${region}: put the key in\n`,
    });
    await operator.write("by-arn.yml", byArn(secretArn("nowhere-AbCdEf")));
    const missing = await operator.npmRun(call, JSON.stringify(nextKey));
    expect(missing).toMatchObject({ status: 1, err: expect.stringContaining("There is no such secret") });
  });

  test("stays when its storage is removed, and does not stand in the way when it comes back", async () => {
    const before = await held();
    await operator.write("vending.prod.yml", vending("lake"));
    await deploy("prod");
    expect(await namedIn("keyvend-prod")).toEqual([secretArn("keyvend-prod/lake-??????")]);
    expect(await held()).toEqual(before);
    await operator.write("vending.prod.yml", vending("lake", "sea"));
    await deploy("prod");
    expect(await namedIn("keyvend-prod")).toContain(secretArn("keyvend-prod/sea-??????"));
    expect(await held()).toEqual(before);
  });
});

test("a stage is removed and deployed again, and the other stage stands", async () => {
  const remove = await operator.npmRun(["remove", "--config", "vending.dev.yml", "--stage", "dev"]);
  expect(remove, remove.err).toMatchObject({ status: 0 });
  await expect(deployed.function("keyvend-dev-vend")).rejects.toThrow();
  expect(await deployed.function("keyvend-prod-vend")).toMatchObject({ FunctionName: "keyvend-prod-vend" });
  await deploy("dev");
  expect(await deployed.function("keyvend-dev-vend")).toMatchObject({ FunctionName: "keyvend-dev-vend" });
});
