/** `npm run package`, run offline and without an AWS account, makes the template and the archives that may be deployed. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileConfig } from "../../functions/config.ts";
import { buildConfig } from "../../infra/build.ts";
import { loadVendingYaml } from "../../infra/config/vending-yaml.ts";
import { deployedFunctions } from "../../infra/deploy/functions.ts";
import { roleNameOf } from "../../infra/deploy/names.ts";
import type { ResourceList } from "../../infra/deploy/resource-list.ts";
import { atStage, deploymentOf } from "../../infra/deployment.ts";
import { deployerOf } from "../../infra/iam/deployer.ts";
import { deployerTable } from "../../infra/iam/deployer-table.ts";
import { evaluate, parsePolicy } from "../../infra/local/aws/iam/evaluate.ts";
import { revocationRow } from "../../shared/aws/revocation-table.ts";
import { alarms } from "../infra/alarms.ts";
import { unzip } from "./unzip.ts";

interface Resource {
  Type: string;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Properties: Record<string, unknown>;
}

interface RoleStatement {
  Effect: string;
  Action: string[];
  Resource: unknown;
}

const root = resolve(import.meta.dirname, "../..");
const config = atStage(loadVendingYaml(join(root, "infra/vending.yml")).config, "prod");
let folder: string;
let text: string;
let resources: Record<string, Resource>;
let outputs: Record<string, { Value: unknown }>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyvend-package-"));
  await promisify(execFile)("npm", ["run", "package", "--", "--stage", "prod", "--package", folder], {
    cwd: root,
    env: environment(),
  });
  text = await templateIn(folder);
  ({ Resources: resources, Outputs: outputs } = JSON.parse(text));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The command has no credentials, no profile and no home folder in which to look for them. */
function environment() {
  return { PATH: process.env["PATH"], HOME: folder, AWS_EC2_METADATA_DISABLED: "true" };
}

function templateIn(packaged: string): Promise<string> {
  return readFile(join(packaged, "cloudformation-template-update-stack.json"), "utf8");
}

function ofType(type: string): Resource[] {
  return Object.values(resources).filter(({ Type }) => Type === type);
}

function propertiesOf(name: string): Record<string, unknown> {
  return resources[name]?.Properties ?? expect.unreachable(`the template has no ${name}`);
}

function statementsOf(role: string): RoleStatement[] {
  const policies = propertiesOf(role)["Policies"] as { PolicyDocument: { Statement: RoleStatement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

describe("functions", () => {
  test.each([
    ["vend", "VendLambdaFunction", "VendRole", 10],
    ["warm", "WarmLambdaFunction", "WarmRole", 120],
    ["rotate", "RotateLambdaFunction", "RotateRole", 300],
    ["revoke", "RevokeLambdaFunction", "RevokeRole", 10],
  ])(
    "%s runs on Node 24 and arm64, with a role and a time limit of its own",
    (name, logicalId, role, Timeout) => {
      expect(propertiesOf(logicalId)).toMatchObject({
        FunctionName: `keyvend-prod-${name}`,
        Handler: `.build/prod/${name}/${name}.handler`,
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Timeout,
        Role: { "Fn::GetAtt": [role, "Arn"] },
        // Above INFO, Lambda drops audit records and metrics.
        LoggingConfig: { LogFormat: "JSON", ApplicationLogLevel: "INFO" },
      });
    },
  );

  test.each([
    ["vend", "VendLambdaFunction"],
    ["warm", "WarmLambdaFunction"],
    ["revoke", "RevokeLambdaFunction"],
    ["rotate", "RotateLambdaFunction"],
  ])("%s gets the names of what it uses, and no endpoint of the local emulation", (name, logicalId) => {
    expect(propertiesOf(logicalId)["Environment"]).toEqual({
      Variables: {
        VENDING_CONFIG: `.build/prod/${name}/vending.json`,
        VENDING_TABLE: "keyvend-prod",
        SEALING_SECRET: "keyvend-prod/sealing-key",
        WARM_FUNCTION: "keyvend-prod-warm",
        // Only vend has callers to verify.
        ...(name === "vend" && { CLIENT_KEYS_SECRET: "keyvend-prod/client-keys" }),
      },
    });
  });

  test.each(["vend", "warm", "revoke", "rotate"])(
    "%s's zip holds its bundle and the configuration, and nothing else",
    async (name) => {
      const files = unzip(await readFile(join(folder, `${name}.zip`)));
      const others = [...files.keys()].filter((file) => !/^\.build\/prod\/\w+\/[\w-]+\.mjs$/.test(file));
      expect(others).toEqual([`.build/prod/${name}/vending.json`]);
      expect(files.has(`.build/prod/${name}/${name}.mjs`)).toBe(true);
      expect([...files.keys()].filter((file) => !file.startsWith(`.build/prod/${name}/`))).toEqual([]);

      expect(String(files.get(`.build/prod/${name}/vending.json`))).toBe(compileConfig(config));
      for (const [file, content] of files)
        expect(content.includes(root), `${file} names this machine`).toBe(false);
    },
  );

  test("rotate's zip runs by itself: on schedule, and for a step of Secrets Manager", async () => {
    const files = unzip(await readFile(join(folder, "rotate.zip")));
    const unpacked = join(folder, "rotate");
    for (const [file, content] of files) {
      await mkdir(dirname(join(unpacked, file)), { recursive: true });
      await writeFile(join(unpacked, file), content);
    }
    const run = (event: object) => {
      const program = `const { handler } = await import(${JSON.stringify(join(unpacked, ".build/prod/rotate/rotate.mjs"))});
        const context = { invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:keyvend-prod-rotate", getRemainingTimeInMillis: () => 300_000 };
        await handler(${JSON.stringify(event)}, context).catch((error) => console.log(error.name + ": " + error.message));`;
      return promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
        cwd: unpacked,
        env: {
          ...environment(),
          AWS_REGION: "eu-central-1",
          AWS_ACCESS_KEY_ID: "AKIAFUNCTIONS0000001",
          AWS_SECRET_ACCESS_KEY: "none",
          VENDING_CONFIG: ".build/prod/rotate/vending.json",
          VENDING_TABLE: "keyvend-prod",
        },
      });
    };
    const scheduled = await run({ source: "aws.events", "detail-type": "Scheduled Event", detail: {} });
    expect(JSON.parse(scheduled.stdout)).toMatchObject({ KeysOverdue: 0, UnknownKeys: 0 });
    const SecretId = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:keyvend/lake-AbCdEf";
    const ClientRequestToken = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    const step = await run({ Step: "createSecret", SecretId, ClientRequestToken, RotationToken: "token" });
    expect(step.stdout).toMatch(/^RotationFault: No storage of arn:.* has a rotation in the configuration/);
  });

  test("warm runs every two minutes, and the next run makes up for a failed one; rotate looks after keys once a day", () => {
    expect(ofType("AWS::Events::Rule").map(({ Properties }) => Properties["ScheduleExpression"])).toEqual([
      "rate(2 minutes)",
      "cron(17 3 * * ? *)",
    ]);
    expect(ofType("AWS::Lambda::EventInvokeConfig")[0]?.Properties).toMatchObject({
      FunctionName: { Ref: "WarmLambdaFunction" },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });
});

test("Secrets Manager of the own account alone may invoke rotate", () => {
  const permissions = ofType("AWS::Lambda::Permission").map(({ Properties }) => Properties);
  expect(permissions.filter(({ Principal }) => Principal === "secretsmanager.amazonaws.com")).toEqual([
    {
      Action: "lambda:InvokeFunction",
      FunctionName: { Ref: "RotateLambdaFunction" },
      Principal: "secretsmanager.amazonaws.com",
      SourceAccount: { Ref: "AWS::AccountId" },
    },
  ]);
});

describe("the API", () => {
  test("has these routes, all of them to vend, and checks signatures on those for AWS identities", () => {
    const routes = ofType("AWS::ApiGatewayV2::Route").map(({ Properties }) => Properties);
    const authorized = routes.map(({ RouteKey, AuthorizationType = "NONE" }) => [
      RouteKey,
      AuthorizationType,
    ]);
    expect(Object.fromEntries(authorized)).toEqual({
      "GET /openapi.json": "NONE",
      "GET /v1/storages": "NONE",
      "GET /v1/storages/{storage}/credentials": "NONE",
      "GET /v1/storages/{storage}/explain": "NONE",
      "GET /v1/aws/storages": "AWS_IAM",
      "GET /v1/aws/storages/{storage}/credentials": "AWS_IAM",
      "GET /v1/aws/storages/{storage}/explain": "AWS_IAM",
      "POST /": "NONE",
      "POST /{prefix+}": "NONE",
    });
    expect(
      ofType("AWS::ApiGatewayV2::Integration").map(({ Properties }) => Properties["IntegrationUri"]),
    ).toEqual([{ "Fn::GetAtt": ["VendLambdaFunction", "Arn"] }]);
  });

  test("lets a fleet of a thousand start at once, and bounds the number of requests that come through", () => {
    const { DefaultRouteSettings } = propertiesOf("HttpApiStage");
    expect(DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 });
  });

  test("gives the description and the STS door limits of their own, once their routes are there", () => {
    const { RouteSettings } = propertiesOf("HttpApiStage");
    // The door says by itself when to come back: the gateway's own refusal ends some SDKs at the first try.
    const sts = {
      DetailedMetricsEnabled: false,
      ThrottlingRateLimit: 5_000,
      ThrottlingBurstLimit: 5_000,
    };
    expect(RouteSettings).toEqual({
      "POST /": sts,
      "POST /{prefix+}": sts,
      "GET /openapi.json": {
        DetailedMetricsEnabled: false,
        ThrottlingRateLimit: 5,
        ThrottlingBurstLimit: 20,
      },
    });
    const { DependsOn } = resources["HttpApiStage"] ?? expect.unreachable();
    const routes = (DependsOn ?? []).map((name) => resources[name]?.Properties["RouteKey"]);
    expect(routes.filter(Boolean)).toEqual(Object.keys(RouteSettings as object));
    expect(ofType("AWS::ApiGatewayV2::Route").map(({ Properties }) => Properties["RouteKey"])).toEqual(
      expect.arrayContaining(routes.filter(Boolean)),
    );
  });

  test("logs neither headers nor the query", () => {
    const { Format } = propertiesOf("HttpApiStage")["AccessLogSettings"] as { Format: string };
    expect(Object.values(JSON.parse(Format))).toEqual([
      "$context.requestTime",
      "$context.requestId",
      "$context.identity.sourceIp",
      "$context.routeKey",
      "$context.status",
      "$context.responseLatency",
      "keyvend-prod",
      "$context.integration.requestId",
      "$context.integration.integrationStatus",
      "$context.integration.latency",
      "$context.error.responseType",
      "$context.error.message",
      "$context.authorizer.error",
      "$context.integration.error",
    ]);
  });

  test("lets no page in a browser ask, unless the configuration lists its origin", async () => {
    expect(propertiesOf("HttpApi")).not.toHaveProperty("CorsConfiguration");
    const corsOrigins = ["https://app.example.com", "http://localhost:5173"];
    const { document } = loadVendingYaml(join(root, "infra/vending.yml"));
    const build = ".local/package-cors";
    const other = join(folder, "cors");
    try {
      await buildConfig({ outDir: build, document: { ...(document as object), corsOrigins }, stage: "prod" });
      const args = ["package", "--stage", "prod", "--package", other, "--param", `build=${build}`];
      await promisify(execFile)("npx", ["--no", "serverless", ...args], { cwd: root, env: environment() });
    } finally {
      await rm(join(root, build), { recursive: true, force: true });
    }
    expect(JSON.parse(await templateIn(other)).Resources.HttpApi.Properties.CorsConfiguration).toEqual({
      AllowOrigins: corsOrigins,
      AllowMethods: ["GET"],
      AllowHeaders: ["authorization"],
      ExposeHeaders: ["retry-after", "warning"],
      MaxAge: 3_600,
    });
  });

  test("shows its URL", () => {
    expect(outputs["HttpApiUrl"]?.Value).toBeDefined();
  });
});

describe("what the stack stores", () => {
  // A first deployment that fails still deletes these resources, because they would be in the way of the next one.
  const surviving = { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" };

  test("the table is on demand, expires, is encrypted, can be restored and survives the stack", () => {
    expect(resources["Table"]).toMatchObject({
      ...surviving,
      Properties: {
        TableName: "keyvend-prod",
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
        TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        GlobalSecondaryIndexes: [
          {
            IndexName: "due",
            KeySchema: [
              { AttributeName: "dueShard", KeyType: "HASH" },
              { AttributeName: "dueAt", KeyType: "RANGE" },
            ],
            Projection: { ProjectionType: "KEYS_ONLY" },
          },
        ],
      },
    });
  });

  test("secrets survive the stack, and no value is in the template", () => {
    const secrets = ofType("AWS::SecretsManager::Secret");
    // Those of storages are made by `npm run secret:put`.
    expect(secrets).toHaveLength(2);
    for (const secret of secrets) {
      expect(secret).toMatchObject(surviving);
      expect(secret.Properties).not.toHaveProperty("SecretString");
    }
    // Secrets Manager itself makes the sealing key and the master key of client keys.
    const generated = ["SealingKey", "ClientKeysSecret"];
    expect(secrets.filter(({ Properties }) => "GenerateSecretString" in Properties)).toEqual(
      expect.arrayContaining(generated.map((name) => resources[name])),
    );
    expect(secrets.filter(({ Properties }) => "GenerateSecretString" in Properties)).toHaveLength(2);
    for (const name of generated)
      expect(propertiesOf(name)["GenerateSecretString"]).toEqual({
        SecretStringTemplate: '{"current":"k1"}',
        GenerateStringKey: "k1",
        PasswordLength: 64,
        ExcludePunctuation: true,
      });
    expect(text).not.toMatch(/\bA[KS]IA[A-Z0-9]{16}\b/);
  });

  test("the audit trail survives the stack", () => {
    expect(resources["VendLogGroup"]).toMatchObject(surviving);
  });

  test("every log is kept for a year and no longer", () => {
    const groups = ofType("AWS::Logs::LogGroup").map(({ Properties }) => Properties);
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual([365, 365, 365, 365, 365]);
  });
});

describe("roles", () => {
  const rightOf = ({ Action, Resource }: RoleStatement) => [Action.join(" "), Resource];
  const issuing = deploymentOf(config).issuing.Statement.map(rightOf);

  test("are one for each function, for Lambda alone, and inherit nothing", () => {
    expect(ofType("AWS::IAM::Role")).toEqual(
      ["VendRole", "WarmRole", "RevokeRole", "RotateRole"].map((name) => resources[name]),
    );
    for (const { Properties } of ofType("AWS::IAM::Role")) {
      expect(Object.keys(Properties).sort()).toEqual(["AssumeRolePolicyDocument", "Policies", "RoleName"]);
      expect(Properties["AssumeRolePolicyDocument"]).toMatchObject({
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      });
    }
    expect(ofType("AWS::IAM::Policy")).toEqual([]);
    expect(ofType("AWS::IAM::ManagedPolicy")).toEqual([]);
  });

  test("have fixed names, which the roles of storages trust", () => {
    const target = { stage: "prod", region: "eu-central-1" };
    expect(ofType("AWS::IAM::Role").map(({ Properties }) => Properties["RoleName"])).toEqual(
      deployedFunctions.map((name) => roleNameOf(name, target)),
    );
  });

  test("have no wildcard in any action or resource", () => {
    const statements = ["VendRole", "WarmRole", "RevokeRole", "RotateRole"].flatMap(statementsOf);
    expect(statements.filter((statement) => JSON.stringify(statement).includes("*"))).toEqual([]);
  });

  test("vend may use the table by key, issue as configured, verify client keys, ask warm, and write its log", () => {
    expect(statementsOf("VendRole").map(rightOf)).toEqual([
      [
        "dynamodb:GetItem dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem",
        { "Fn::GetAtt": ["Table", "Arn"] },
      ],
      ...issuing,
      ["secretsmanager:GetSecretValue", { Ref: "ClientKeysSecret" }],
      ["lambda:InvokeFunction", { "Fn::GetAtt": ["WarmLambdaFunction", "Arn"] }],
      ["logs:CreateLogStream logs:PutLogEvents", { "Fn::GetAtt": ["VendLogGroup", "Arn"] }],
    ]);
  });

  test("warm may also find due entries and drop withdrawn ones", () => {
    expect(statementsOf("WarmRole").map(rightOf)).toEqual([
      ["dynamodb:GetItem dynamodb:UpdateItem dynamodb:DeleteItem", { "Fn::GetAtt": ["Table", "Arn"] }],
      ["dynamodb:Query", { "Fn::Sub": `\${Table.Arn}/index/due` }],
      ...issuing,
      ["logs:CreateLogStream logs:PutLogEvents", { "Fn::GetAtt": ["WarmLogGroup", "Arn"] }],
    ]);
  });

  test("rotate may write its log, and nothing else where the configuration has no key rotated", () => {
    expect(statementsOf("RotateRole").map(rightOf)).toEqual([
      ["logs:CreateLogStream logs:PutLogEvents", { "Fn::GetAtt": ["RotateLogGroup", "Arn"] }],
    ]);
    expect(ofType("AWS::IAM::RolePolicy")).toEqual([]);
  });

  test("revoke may use one row of the table, and nothing else: neither IAM nor a secret", () => {
    expect(statementsOf("RevokeRole")).toEqual([
      {
        Effect: "Allow",
        Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
        Resource: { "Fn::GetAtt": ["Table", "Arn"] },
        Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [revocationRow] } },
      },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: { "Fn::GetAtt": ["RevokeLogGroup", "Arn"] },
      },
    ]);
    const invoking = ofType("AWS::Lambda::Permission").filter(({ Properties }) =>
      JSON.stringify(Properties).includes("RevokeLambdaFunction"),
    );
    expect(invoking).toEqual([]);
  });

  test("show their ARNs, so that other roles can trust them", () => {
    expect(outputs["VendRoleArn"]?.Value).toEqual({ "Fn::GetAtt": ["VendRole", "Arn"] });
    expect(outputs["WarmRoleArn"]?.Value).toEqual({ "Fn::GetAtt": ["WarmRole", "Arn"] });
  });
});

describe("the deployer", () => {
  const account = "111122223333";
  const setting = { stage: "prod", region: "eu-central-1", account, options: {} };
  const identity = deployerOf(setting).policies.map(({ policy }) => parsePolicy(JSON.stringify(policy)));
  const may = (action: string, resource: string, context = {}) =>
    evaluate({ identity }, { action, resource, context }) === "allowed";
  const arn = (service: string, resource: string, region = "eu-central-1") =>
    `arn:aws:${service}:${region}:${account}:${resource}`;

  test("has rights for every type of the template, and for no other", () => {
    const types = new Set(Object.values(resources).map(({ Type }) => Type));
    const covered = new Set(deployerTable(setting).flatMap((right) => right.for));
    // The options of a deployment bring it along.
    covered.delete("AWS::IAM::ManagedPolicy");
    expect([...covered].sort()).toEqual([...types].sort());
  });

  test("may make and remove what the template names", () => {
    const made: Record<string, [make: string, remove: string, arn: (name: string) => string]> = {
      "AWS::Lambda::Function": [
        "CreateFunction",
        "DeleteFunction",
        (name) => arn("lambda", `function:${name}`),
      ],
      "AWS::IAM::Role": ["CreateRole", "DeleteRole", (name) => arn("iam", `role/${name}`, "")],
      "AWS::DynamoDB::Table": ["CreateTable", "DeleteTable", (name) => arn("dynamodb", `table/${name}`)],
      "AWS::Logs::LogGroup": ["CreateLogGroup", "DeleteLogGroup", (name) => arn("logs", `log-group:${name}`)],
      "AWS::SecretsManager::Secret": [
        "CreateSecret",
        "DeleteSecret",
        (name) => arn("secretsmanager", `secret:${name}-AbCdEf`),
      ],
      "AWS::CloudWatch::Dashboard": [
        "PutDashboard",
        "DeleteDashboards",
        (name) => arn("cloudwatch", `dashboard/${name}`, ""),
      ],
    };
    const named = Object.values(resources).flatMap(({ Type, Properties }) => {
      const [make, remove, arnOf] = made[Type] ?? [];
      const name = Object.entries(Properties ?? {}).find(([key]) => /^(?:\w+)?Name$/.test(key))?.[1];
      if (!(make && remove && arnOf) || typeof name !== "string") return [];
      return [make, remove].map((action) => [`${arnOf(name).split(":")[2]}:${action}`, arnOf(name)] as const);
    });
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter(([action, resource]) => !may(action, resource))).toEqual([]);
  });

  test("may pass the functions' roles to Lambda alone, and no other role", () => {
    const role = (name: string) => arn("iam", `role/keyvend-prod-eu-central-1-${name}`, "");
    const to = (service: string) => ({ "iam:PassedToService": service });
    expect(may("iam:PassRole", role("vend"), to("lambda.amazonaws.com"))).toBe(true);
    expect(may("iam:PassRole", role("vend"), to("ec2.amazonaws.com"))).toBe(false);
    for (const other of [role("lake"), arn("iam", "role/admin", ""), role("vend-2")])
      for (const action of [
        "iam:PassRole",
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
      ])
        expect(may(action, other, to("lambda.amazonaws.com")), `${action} ${other}`).toBe(false);
  });

  test("reads no secret, no row and no object but the artifacts, and has nothing of another stage", () => {
    expect(
      may("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:keyvend-prod/lake-AbCdEf")),
    ).toBe(false);
    expect(
      may("secretsmanager:PutSecretValue", arn("secretsmanager", "secret:keyvend-prod/lake-AbCdEf")),
    ).toBe(false);
    expect(may("dynamodb:GetItem", arn("dynamodb", "table/keyvend-prod"))).toBe(false);
    expect(may("s3:GetObject", "arn:aws:s3:::example-lake/warehouse/x")).toBe(false);
    const artifacts = "arn:aws:s3:::keyvend-prod-serverlessdeploymentbucket-1x2y3z4a5b6c";
    expect(may("s3:CreateBucket", artifacts)).toBe(true);
    expect(may("s3:PutObject", `${artifacts}/serverless/keyvend/prod/vend.zip`)).toBe(true);
    expect(may("lambda:UpdateFunctionCode", arn("lambda", "function:keyvend-prod-2-vend"))).toBe(false);
    expect(may("cloudformation:DeleteStack", arn("cloudformation", "stack/keyvend-dev/1234"))).toBe(false);
    expect(
      may("iam:AttachRolePolicy", arn("iam", "role/keyvend-prod-eu-central-1-vend", ""), {
        "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    ).toBe(false);
  });
});

test("an operator gets each alarm, and hears of its beginning, its end and its page", () => {
  const packaged = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm");
  expect(packaged.map(([name]) => name).sort()).toEqual(alarms.map(([name]) => name).sort());
  const topic = [{ Ref: "AlarmTopic" }];
  for (const [, { Properties }] of packaged)
    expect(Properties).toMatchObject({
      AlarmActions: topic,
      OKActions: topic,
      AlarmDescription: expect.stringMatching(/ See infra\/runbook\.md#[a-z0-9-]+$/),
    });
  // What is written once for all alarms is whole in each of them.
  expect(propertiesOf("StsFailures")).toEqual({
    AlarmDescription: expect.any(String),
    ...{
      Namespace: "keyvend",
      MetricName: "StsFailures",
      Dimensions: [{ Name: "stack", Value: { Ref: "Table" } }],
    },
    ...{ Statistic: "Sum", Period: 300, EvaluationPeriods: 1, Threshold: 5 },
    ...{ ComparisonOperator: "GreaterThanOrEqualToThreshold", TreatMissingData: "notBreaching" },
    ...{ AlarmActions: topic, OKActions: topic },
  });
  expect(propertiesOf("EmptyCache")["Threshold"]).toBe(80);
});

test("the rule that counts refusals by caller reads vend's log", () => {
  const { RuleName, RuleBody } = propertiesOf("RefusedCallers");
  expect(RuleName).toBe("keyvend-prod-refused-callers");
  const { "Fn::Sub": body } = RuleBody as { "Fn::Sub": string };
  expect(JSON.parse(body).LogGroupNames).toEqual(["${VendLogGroup}"]);
});

describe("the list of resources", () => {
  let list: ResourceList;
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      "npm",
      ["run", "-s", "resources", "--", "--package", folder],
      {
        cwd: root,
        env: environment(),
      },
    );
    list = JSON.parse(stdout);
  });

  test("has each resource of the template once, alone or as a part of its function", () => {
    const alone = [
      ...Object.values(list.functions).map(({ id }) => id),
      ...Object.keys(list.roles),
      ...Object.keys(list.others),
      ...list.leftOut,
    ];
    expect(new Set(alone).size).toBe(alone.length);
    const counts: Record<string, number> = {};
    for (const [id, { Type }] of Object.entries(resources))
      if (!alone.includes(id)) counts[Type] = (counts[Type] ?? 0) + 1;
    const events = Object.values(list.functions).map(({ events }) => events);
    const sum = (name: "routes" | "schedules" | "invokers") =>
      events.reduce((all, each) => all + each[name].length, 0);
    expect(counts).toEqual({
      "AWS::ApiGatewayV2::Integration": events.filter(({ routes }) => routes.length > 0).length,
      "AWS::ApiGatewayV2::Route": sum("routes"),
      "AWS::Events::Rule": sum("schedules"),
      "AWS::Lambda::EventInvokeConfig": events.filter(({ asynchronous }) => asynchronous).length,
      "AWS::Lambda::Permission": sum("invokers"),
    });
  });

  test("says of each function its zip, its environment, its role and its events, as the template does", async () => {
    for (const [name, { zip, id, properties, events }] of Object.entries(list.functions)) {
      const { Code, FunctionName, ...others } = propertiesOf(id);
      expect([FunctionName, properties]).toEqual([name, others]);
      expect(unzip(await readFile(join(folder, zip))).size).toBeGreaterThan(1);
      const brought = [...events.routes, ...events.schedules, ...events.invokers];
      // Operators invoke that one, by their own rights.
      expect(brought.length > 0, name).toBe(name !== "keyvend-prod-revoke");
    }
    const { vend, warm } = {
      vend: list.functions["keyvend-prod-vend"],
      warm: list.functions["keyvend-prod-warm"],
    };
    expect(vend?.events.routes).toContainEqual({ route: "GET /v1/aws/storages", authorizer: "AWS_IAM" });
    expect(vend?.events.routes).toContainEqual({ route: "POST /{prefix+}", authorizer: "NONE" });
    expect(warm?.events).toEqual({
      routes: [],
      schedules: ["rate(2 minutes)"],
      invokers: ["events.amazonaws.com"],
      asynchronous: expect.objectContaining({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 }),
    });
    expect(list.roles["VendRole"]).toEqual(propertiesOf("VendRole"));
    expect(list.leftOut).toEqual(["ServerlessDeploymentBucket", "ServerlessDeploymentBucketPolicy"]);
  });
});

test("the dashboard survives the variables of two frameworks, and shows only resources of the template", () => {
  const { "Fn::Sub": body } = propertiesOf("Dashboard")["DashboardBody"] as { "Fn::Sub": string };
  expect(JSON.parse(body).widgets.length).toBeGreaterThan(10);
  const names = [...body.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => name);
  expect([...new Set(names)].sort()).toEqual([
    "HttpApi",
    "RotateLambdaFunction",
    "Table",
    "VendLambdaFunction",
    "WarmLambdaFunction",
  ]);
  expect(names.filter((name) => !(name in resources))).toEqual([]);
  // CloudFormation writes a literal for CloudWatch like this.
  expect(body).toContain("${!PROP('Dim.code')}");
});

test("the template has every resource to which it refers", () => {
  const referred = text.matchAll(/"(?:Ref|Fn::GetAtt)":\s*\[?\s*"(?!AWS::)(?<name>\w+)"/g);
  const missing = [...referred]
    .map(({ groups }) => groups?.["name"] ?? "")
    .filter((name) => !(name in resources));
  expect(missing).toEqual([]);
});
