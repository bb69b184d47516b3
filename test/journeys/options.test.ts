/** What the options of a deployment make of the template: packaged with all of them, and with none. */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pageRoutes } from "../../functions/page/page.ts";
import { deployedFunctions } from "../../infra/deploy/functions.ts";
import { namesOf, roleNameOf, usualRegion } from "../../infra/deploy/names.ts";
import { optionNames } from "../../infra/deploy/options.ts";
import { allOptions, paramsOf, sampleOptions } from "../infra/deploy/sample-options.ts";
import { createOperator, type Operator } from "./operator.ts";

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

let operator: Operator;
let withNone: Record<string, Resource>;
let withAll: Record<string, Resource>;

beforeAll(async () => {
  operator = await createOperator({});
  const packaged = async (folder: string, options: Record<string, string>) => {
    const ended = await operator.npmRun(["package", "--package", folder, ...paramsOf(options)]);
    expect(ended, ended.err).toMatchObject({ status: 0 });
    return (await operator.template(folder)).Resources;
  };
  withNone = await packaged("none", {});
  withAll = await packaged("all", allOptions);
});
afterAll(() => operator.close());

const ofType = (resources: typeof withAll, ...types: string[]) =>
  Object.entries(resources).filter(([, { Type }]) => types.includes(Type));

/** What a property is on each resource of a type, by name. */
function each(resources: typeof withAll, type: string, property: string): unknown[] {
  const found = ofType(resources, type).map(([, { Properties }]) => Properties?.[property]);
  expect(found.length, type).toBeGreaterThan(0);
  return found;
}

const alike = (values: unknown[]) => new Set(values.map((value) => JSON.stringify(value)));

test("the samples are all options", () => {
  expect(Object.keys(allOptions).sort()).toEqual([...optionNames].sort());
  const together = Object.values(sampleOptions).flatMap((options) => Object.keys(options));
  expect(together.length).toBe(new Set(together).size);
});

test("every function of the template is in the network, and traced", () => {
  const network = {
    SubnetIds: allOptions["vpcSubnetIds"]?.split(","),
    SecurityGroupIds: [allOptions["vpcSecurityGroupIds"]],
  };
  expect(alike(each(withAll, "AWS::Lambda::Function", "VpcConfig"))).toEqual(alike([network]));
  expect(alike(each(withAll, "AWS::Lambda::Function", "TracingConfig"))).toEqual(alike([{ Mode: "Active" }]));
});

test("every function's role has the rights for that, and no other role does", () => {
  const functions = ofType(withAll, "AWS::Lambda::Function").map(
    ([, { Properties }]) => Properties?.["Role"],
  );
  const roles = functions.map((role) => (role as { "Fn::GetAtt": [string] })["Fn::GetAtt"][0]);
  expect(alike(roles.map((role) => withAll[role]?.Properties?.["ManagedPolicyArns"]))).toEqual(
    alike([[{ Ref: "OptionRights" }]]),
  );
  const others = ofType(withAll, "AWS::IAM::Role").filter(([name]) => !roles.includes(name));
  expect(JSON.stringify(others)).not.toContain("OptionRights");
});

test("the key is that of everything which the stack stores", () => {
  const key = allOptions["kmsKeyArn"];
  expect(alike(each(withAll, "AWS::DynamoDB::Table", "SSESpecification"))).toEqual(
    alike([{ SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: key }]),
  );
  for (const type of ["AWS::SecretsManager::Secret", "AWS::Logs::LogGroup"])
    expect(alike(each(withAll, type, "KmsKeyId")), type).toEqual(alike([key]));
  expect(alike(each(withAll, "AWS::SNS::Topic", "KmsMasterKeyId"))).toEqual(alike([key]));
});

test("every log is kept for as long as it is said", () => {
  expect(alike(each(withAll, "AWS::Logs::LogGroup", "RetentionInDays"))).toEqual(alike([90]));
});

test("vend alone has instances of its own", () => {
  const reserved = ofType(withAll, "AWS::Lambda::Function").map(([name, { Properties }]) => [
    name,
    Properties?.["ReservedConcurrentExecutions"],
  ]);
  expect(Object.fromEntries(reserved.filter(([, number]) => number !== undefined))).toEqual({
    VendLambdaFunction: 200,
  });
});

test("the API has its name, its record and its limits, and its address at AWS is off", () => {
  expect(withAll["ApiDomain"]?.Properties).toMatchObject({ DomainName: "keyvend.example.com" });
  expect(withAll["ApiDomain"]?.Properties).toMatchObject({
    MutualTlsAuthentication: { TruststoreUri: allOptions["truststoreUri"] },
  });
  expect(withAll["ApiRecord"]?.Properties).toMatchObject({ HostedZoneId: allOptions["hostedZoneId"] });
  expect(withAll["HttpApi"]?.Properties).toMatchObject({ DisableExecuteApiEndpoint: true });
  const limits = (rate: number, burst: number) => ({
    DetailedMetricsEnabled: false,
    ThrottlingRateLimit: rate,
    ThrottlingBurstLimit: burst,
  });
  expect(withAll["HttpApiStage"]?.Properties).toMatchObject({
    DefaultRouteSettings: limits(50, 100),
    RouteSettings: {
      "GET /openapi.json": limits(1, 2),
      "POST /": limits(500, 700),
      "POST /{prefix+}": limits(500, 700),
    },
  });
});

test("the page has a function of its own with two routes, and no right but to write its log", () => {
  const routes = (resources: typeof withAll) => each(resources, "AWS::ApiGatewayV2::Route", "RouteKey");
  expect(routes(withAll).filter((route) => !routes(withNone).includes(route))).toEqual(pageRoutes);
  expect(withNone["PageLambdaFunction"]).toBeUndefined();
  const { Policies, ManagedPolicyArns } = withAll["PageRole"]?.Properties ?? {};
  expect(Policies).toMatchObject([
    { PolicyDocument: { Statement: [{ Action: ["logs:CreateLogStream", "logs:PutLogEvents"] }] } },
  ]);
  expect(ManagedPolicyArns).toEqual([{ Ref: "OptionRights" }]);
  expect(withAll["PageRole"]?.Properties?.["RoleName"]).toBe(
    roleNameOf("page", { stage: "dev", region: usualRegion }),
  );
  const functions = ofType(withAll, "AWS::Lambda::Function").map(
    ([, { Properties }]) => Properties?.["FunctionName"],
  );
  expect(functions).toContain(namesOf("dev").functionName("page"));
});

test("the tags are those of the stack, which CloudFormation gives to all its resources", async () => {
  const state = JSON.parse(await readFile(join(operator.folder, "all/serverless-state.json"), "utf8"));
  expect(state.service.provider.stackTags).toEqual({ team: "data", "cost centre": "42" });
});

test("everything is called as the commands of operators expect", () => {
  const { table, stack, sealingSecret, clientKeysSecret, functionName, logGroup, accessLogGroup } =
    namesOf("dev");
  const role = (name: string) => roleNameOf(name, { stage: "dev", region: usualRegion });
  const named = (type: string, property: string, names: string[]) =>
    expect(each(withNone, type, property).sort(), type).toEqual(names.sort());
  named("AWS::DynamoDB::Table", "TableName", [table]);
  named("AWS::SecretsManager::Secret", "Name", [sealingSecret, clientKeysSecret]);
  named("AWS::Lambda::Function", "FunctionName", deployedFunctions.map(functionName));
  named("AWS::Logs::LogGroup", "LogGroupName", [...deployedFunctions.map(logGroup), accessLogGroup]);
  named("AWS::CloudWatch::Dashboard", "DashboardName", [stack]);
  named("AWS::IAM::Role", "RoleName", deployedFunctions.map(role));
});

test("without options nothing of all this is there", () => {
  const text = JSON.stringify(withNone);
  for (const word of [
    "VpcConfig",
    "TracingConfig",
    "ReservedConcurrent",
    "ManagedPolicy",
    "KmsKeyId",
    "kms:",
    "DomainName",
    "Route53",
    "DisableExecuteApiEndpoint",
  ])
    expect(text.includes(word), word).toBe(false);
});

test("a doctor that does not run rings where one is said to", () => {
  const stopped = (resources: typeof withAll) => resources["ProbesStopped"]?.Properties;
  expect(stopped(withAll)).toMatchObject({ Period: 3_600, TreatMissingData: "breaching" });
  expect(stopped(withNone)).toMatchObject({ Period: 900, TreatMissingData: "notBreaching" });
});

/** The rows of the table in infra/README.md: a parameter, or two that say the same of a rate and a burst. */
async function documented(): Promise<{ names: string[]; usual: string }[]> {
  const sections = (await readFile("infra/README.md", "utf8")).split(/^## /m);
  const section = sections.find((each) => each.startsWith("Options\n")) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => {
    const [, names = "", usual = ""] = row.split("|");
    return { names: [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name), usual: usual.trim() };
  });
}

test("the table of options has each of them once, and no other", async () => {
  const rows = await documented();
  expect(rows.flatMap(({ names }) => names).sort()).toEqual([...optionNames].sort());
});

test("the table of options says what is deployed without them", async () => {
  const usual = Object.fromEntries(
    (await documented()).flatMap(({ names, usual }) => {
      const values = usual.split(", ");
      return names.map((name, index) => [name, values[index] ?? usual]);
    }),
  );
  const { DefaultRouteSettings, RouteSettings } = (withNone["HttpApiStage"]?.Properties ?? {}) as Record<
    string,
    Record<string, unknown>
  >;
  const limitsOf = (settings: unknown) => {
    const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = settings as Record<string, number>;
    return [String(rate), String(burst)];
  };
  const named = (...names: string[]) => names.map((name) => usual[name]);
  expect(named("rateLimit", "burstLimit")).toEqual(limitsOf(DefaultRouteSettings));
  expect(named("stsRateLimit", "stsBurstLimit")).toEqual(limitsOf(RouteSettings?.["POST /"]));
  expect(named("descriptionRateLimit", "descriptionBurstLimit")).toEqual(
    limitsOf(RouteSettings?.["GET /openapi.json"]),
  );
  expect(alike(each(withNone, "AWS::Logs::LogGroup", "RetentionInDays"))).toEqual(
    alike([Number(usual["logRetentionInDays"])]),
  );
  expect(withNone["EmptyCache"]?.Properties?.["Threshold"]).toBe(Number(usual["mostIssuedPercent"]));
  const limits = ["rateLimit", "burstLimit", "stsRateLimit", "stsBurstLimit"];
  const described = ["descriptionRateLimit", "descriptionBurstLimit", "logRetentionInDays", "runbook"];
  expect(optionNames.filter((name) => usual[name] !== "off").sort()).toEqual(
    [...limits, ...described, "mostIssuedPercent"].sort(),
  );
});

test("serverless.yml and its parts read no parameter but the folder of the build: the others go through the command", async () => {
  const files = ["serverless.yml", ...globSync("infra/*.yml")];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const used = texts.flatMap((text) => [...text.matchAll(/\$\{param:(\w+)/g)].map(([, name]) => name));
  expect(new Set(used)).toEqual(new Set(["build"]));
});
