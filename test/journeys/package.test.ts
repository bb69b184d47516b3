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
import { atStage, deploymentOf } from "../../infra/deployment.ts";
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

  test.each(["vend", "warm", "rotate"])(
    "%s gets the names of what it uses, and no endpoint of the local emulation",
    (name) => {
      expect(propertiesOf(`${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`)["Environment"]).toEqual({
        Variables: {
          VENDING_CONFIG: `.build/prod/${name}/vending.json`,
          VENDING_TABLE: "keyvend-prod",
          SEALING_SECRET: "keyvend-prod/sealing-key",
          WARM_FUNCTION: "keyvend-prod-warm",
          // Only vend has callers to verify.
          ...(name === "vend" && { CLIENT_KEYS_SECRET: "keyvend-prod/client-keys" }),
        },
      });
    },
  );

  test.each(["vend", "warm", "rotate"])(
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
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual([365, 365, 365, 365]);
  });
});

describe("roles", () => {
  const rightOf = ({ Action, Resource }: RoleStatement) => [Action.join(" "), Resource];
  const issuing = deploymentOf(config).issuing.Statement.map(rightOf);

  test("are one for each function, for Lambda alone, and inherit nothing", () => {
    expect(ofType("AWS::IAM::Role")).toEqual(
      ["VendRole", "WarmRole", "RotateRole"].map((name) => resources[name]),
    );
    for (const { Properties } of ofType("AWS::IAM::Role")) {
      expect(Object.keys(Properties).sort()).toEqual(["AssumeRolePolicyDocument", "Policies"]);
      expect(Properties["AssumeRolePolicyDocument"]).toMatchObject({
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      });
    }
    expect(ofType("AWS::IAM::Policy")).toEqual([]);
    expect(ofType("AWS::IAM::ManagedPolicy")).toEqual([]);
  });

  test("have no wildcard in any action or resource", () => {
    const statements = ["VendRole", "WarmRole", "RotateRole"].flatMap(statementsOf);
    expect(statements.filter((statement) => JSON.stringify(statement).includes("*"))).toEqual([]);
  });

  test("vend may use the table by key, issue as configured, verify client keys, ask warm, and write its log", () => {
    expect(statementsOf("VendRole").map(rightOf)).toEqual([
      ["dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem", { "Fn::GetAtt": ["Table", "Arn"] }],
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

  test("show their ARNs, so that other roles can trust them", () => {
    expect(outputs["VendRoleArn"]?.Value).toEqual({ "Fn::GetAtt": ["VendRole", "Arn"] });
    expect(outputs["WarmRoleArn"]?.Value).toEqual({ "Fn::GetAtt": ["WarmRole", "Arn"] });
  });
});

test("an operator gets alarms for failures, throttling, a warmer that has stopped, and our own metrics", () => {
  const alarms = ofType("AWS::CloudWatch::Alarm").map(({ Properties }) => Properties);
  const ofApi = [{ Name: "ApiId", Value: { Ref: "HttpApi" } }];
  const ofStack = [{ Name: "stack", Value: { Ref: "Table" } }];
  const watched: Record<string, unknown>[] = alarms.flatMap((alarm) => {
    const inputs = alarm["Metrics"] as { MetricStat?: { Metric: Record<string, unknown> } }[] | undefined;
    return inputs?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) ?? [alarm];
  });
  expect(watched.map((metric) => [metric["Namespace"], metric["MetricName"], metric["Dimensions"]])).toEqual([
    ["AWS/ApiGateway", "5xx", ofApi],
    ["AWS/ApiGateway", "4xx", ofApi],
    ["AWS/ApiGateway", "Count", ofApi],
    ["keyvend", "ApiThrottles", ofStack],
    ["AWS/Lambda", "Errors", [{ Name: "FunctionName", Value: { Ref: "VendLambdaFunction" } }]],
    ["AWS/Lambda", "Throttles", [{ Name: "FunctionName", Value: { Ref: "VendLambdaFunction" } }]],
    ["AWS/Lambda", "Errors", [{ Name: "FunctionName", Value: { Ref: "WarmLambdaFunction" } }]],
    ["AWS/Lambda", "AsyncEventsDropped", [{ Name: "FunctionName", Value: { Ref: "WarmLambdaFunction" } }]],
    ...["WarmRuns", "TamperedEntries", "StaleServed", "StsFailures", "WarmLeft", "TakeOvers"].map(
      (metric) => ["keyvend", metric, ofStack],
    ),
    ...["DeadlinesPassed", "WarmFailed"].map((metric) => ["keyvend", metric, ofStack]),
    ...["table", "seal", "secret", "warmer", "issuer-keys", "client-keys"].map((part) => [
      "keyvend",
      "AbsorbedFaults",
      [...ofStack, { Name: "part", Value: part }],
    ]),
    ["AWS/Lambda", "Errors", [{ Name: "FunctionName", Value: { Ref: "RotateLambdaFunction" } }]],
    ...["KeysOverdue", "UnknownKeys"].map((metric) => ["keyvend", metric, ofStack]),
  ]);
  for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([{ Ref: "AlarmTopic" }]);
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
