/** A deployment by files that stand outside of the clone, up to the package: nothing here reaches AWS. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selfSigned } from "../net/self-signed.ts";
import { createOperator, type Operator, type Template } from "./operator.ts";
import { unzip } from "./unzip.ts";

const run = promisify(execFile);
let operator: Operator;
beforeAll(async () => {
  operator = await createOperator({});
});
afterAll(() => operator.close());

const npmRun = (...call: string[]) => operator.npmRun(call);
const write = (name: string, text: string) => operator.write(name, text);
const exists = (name: string) => existsSync(join(operator.folder, name));

const vending = `issuers: { company: { issuer: https://login.example.com, audience: keyvend } }
storages:
  lake: { bucket: our-lake, region: eu-central-1, issue: federation-token, secret: lake }
  sea: { bucket: our-sea, region: eu-central-1, issue: federation-token, secret: company/sea }
grants:
  - { name: all, issuer: company, subject: "*", storage: lake, permission: READ }
  - { name: sea, issuer: company, subject: "*", storage: sea, permission: READ }
`;
const casesThat = (permission: string) => `cases:
  - name: anybody reads
    issuer: company
    subject: ada
    storage: lake
    expect: { scope: s3://our-lake/, permission: ${permission} }
`;
async function configurationIn(folder: string, stage: string, name: string) {
  const files = unzip(await readFile(join(operator.folder, folder, `${name}.zip`)));
  return JSON.parse(String(files.get(`.build/${stage}/${name}/vending.json`)));
}

describe("a configuration outside of the clone", () => {
  test("is checked with the cases beside it, and packaged with its certificates and parameters, for its stage", async () => {
    const { cert } = selfSigned();
    await write("ca.pem", cert);
    await write("vending.prod.yml", `caBundle: ca.pem\n${vending}`);
    await write("vending.prod.test.yml", casesThat("READ"));
    await write("vending.prod.params.yml", "tracing: true\nrateLimit: 50\n");
    const ended = await npmRun(
      "package",
      ...["--config", "vending.prod.yml", "--stage", "prod", "--package", "out", "--param", "rateLimit=70"],
    );
    expect(ended).toMatchObject({
      status: 0,
      out: expect.stringContaining("vending.prod.test.yml: 1 case; 0 failed"),
    });

    for (const name of ["vend", "warm"]) {
      const configuration = await configurationIn("out", "prod", name);
      expect(configuration.storages).toMatchObject([
        { bucket: "our-lake", secret: "keyvend-prod/lake" },
        { bucket: "our-sea", secret: "company/sea" },
      ]);
      expect(configuration.caBundle).toEqual([cert.trim()]);
    }
    const { Resources } = await operator.template("out");
    expect(Resources["HttpApiStage"]?.Properties).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 70, ThrottlingBurstLimit: 1_000 },
    });
    expect(Resources["VendLambdaFunction"]?.Properties).toMatchObject({ TracingConfig: { Mode: "Active" } });
    expect(JSON.stringify(Resources)).toContain("secret:keyvend-prod/lake-??????");
    expect(exists("it"), "a shell ran a part of the path").toBe(false);
  });

  test("leaves what the clone has from git as it is, so that a pull has no conflict", async () => {
    await write("vending.yml", vending);
    const before = await readFile(join(operator.clone, "infra/vending.yml"), "utf8");
    expect(await npmRun("build", "--config", "vending.yml", "--stage", "test-1")).toMatchObject({
      status: 0,
    });
    expect(await readFile(join(operator.clone, "infra/vending.yml"), "utf8")).toBe(before);
    const ignored = await readFile(".gitignore", "utf8");
    expect(ignored.split("\n")).toContain(".build/");
    expect(existsSync(join(operator.clone, ".build/test-1/vend/vending.json"))).toBe(true);
  });

  test("is the clone's own where none is given", async () => {
    const { status, out } = await npmRun("build", "--stage", "plain");
    expect([status, out]).toEqual([0, expect.stringMatching(/^infra\/vending\.yml: 2 issuers/)]);
  });
});

describe("two stages stand side by side:", () => {
  test("they share no name", async () => {
    await write("vending.yml", vending);
    const templates: Template[] = [];
    for (const stage of ["dev", "prod"]) {
      const args = ["--config", "vending.yml", "--stage", stage, "--package", stage];
      expect(await npmRun("package", ...args)).toMatchObject({ status: 0 });
      templates.push(await operator.template(stage));
    }
    const [dev, prod] = templates.map(namesIn);
    expect(dev?.length).toBeGreaterThan(10);
    expect(dev?.filter((name) => prod?.includes(name))).toEqual([]);
    // What has no name of ours gets one from CloudFormation, with the name of the stack in front.
    expect(dev?.filter((name) => !/\bkeyvend-dev\b|\bdev-keyvend\b/.test(name))).toEqual([]);
  });
});

/** Every name that the template itself gives to a resource, with its type. */
function namesIn({ Resources }: Template): string[] {
  return Object.values(Resources).flatMap(({ Type, Properties = {} }) =>
    [
      "Name",
      "FunctionName",
      "TableName",
      "LogGroupName",
      "RoleName",
      "DashboardName",
      "AlarmName",
      "TopicName",
      "PolicyName",
      "ManagedPolicyName",
    ]
      .map((property) => Properties[property])
      .filter((name) => typeof name === "string")
      .map((name) => `${Type} ${name}`),
  );
}

describe("nothing is packaged:", () => {
  test("by a configuration with a fault", async () => {
    await write("faulty.yml", vending.replace("storage: sea", "storage: ocean"));
    const { status, out } = await npmRun(
      "package",
      "--config",
      "faulty.yml",
      "--package",
      "faulty",
      "--stage",
      "a",
    );
    expect([status, out]).toEqual([1, expect.stringMatching(/faulty\.yml:7 grants\[1\]\.storage /)]);
    expect(exists("faulty"), "the package").toBe(false);
    expect(existsSync(join(operator.clone, ".build/a")), "the build").toBe(false);
  });

  test("if a case beside the configuration fails", async () => {
    await write("failing.yml", vending);
    await write("failing.test.yml", casesThat("READWRITE"));
    const { status, out } = await npmRun("deploy", "--config", "failing.yml");
    expect([status, out]).toEqual([1, expect.stringContaining('is not met by "anybody reads"')]);
  });

  test("if a case of the file that is given fails, or that file is not there", async () => {
    await write("vending.yml", vending);
    await write("cases.yml", casesThat("WRITE"));
    const failing = await npmRun("deploy", "--config", "vending.yml", "--cases", "cases.yml");
    expect([failing.status, failing.out]).toEqual([1, expect.stringContaining("is not met by")]);
    const missing = await npmRun("deploy", "--config", "vending.yml", "--cases", "nowhere.yml");
    expect([missing.status, missing.out]).toEqual([
      1,
      expect.stringContaining("nowhere.yml (file) cannot be read"),
    ]);
  });

  test.each([
    [["--config", "nowhere.yml"], 1, "nowhere.yml (file) cannot be read: ENOENT"],
    [["--config", "vending.json"], 2, "--config must name a .yml file"],
    [["--confg", "vending.yml"], 2, "--confg is not known here, nor to Serverless"],
    [["--stage", "Prod"], 2, "The stage must be 1 to 32 characters"],
    [["--stage", "local"], 2, "The stage local is the emulation's"],
    [["--region", "europe"], 2, "The region must be one of AWS"],
    [["--params", "nowhere.yml"], 2, "nowhere.yml (file) cannot be read: ENOENT"],
    [["--param", "vpcSubnetIds=subnet-1"], 2, "vpcSubnetIds must be 1 to 16 ids of subnets"],
    [["--param", "vpcSubnetIds=subnet-0a1b2c3d"], 2, "vpcSubnetIds needs vpcSecurityGroupIds beside it"],
    [["--param", "build=.build/dev"], 2, '"build" is not known here'],
  ])("by %j", async (args, status, message) => {
    const ended = await npmRun("deploy", ...args);
    expect([ended.status, ended.out + ended.err]).toEqual([status, expect.stringContaining(message)]);
  });
});

describe("a package is deployed", () => {
  const place = [
    "--config",
    "packaged.yml",
    "--stage",
    "packaged",
    "--region",
    "eu-central-1",
    "--package",
    "kept",
  ];
  const refusal =
    /The package in \/.*\/kept was made of other code, another configuration, other options, or for another/;

  test("if it is of the configuration that is checked, which Serverless would not ask", async () => {
    await write("packaged.yml", vending);
    expect(await npmRun("package", ...place)).toMatchObject({ status: 0 });
    // Without credentials it comes no further.
    const same = await npmRun("deploy", ...place);
    expect([same.status, same.out + same.err]).toEqual([1, expect.stringMatching(/credentials/i)]);
    await write("packaged.yml", vending.replace("our-lake", "their-lake"));
    const other = await npmRun("deploy", ...place);
    expect([other.status, other.err]).toEqual([2, expect.stringMatching(refusal)]);
  });

  test.each([
    ["--param", "tracing=true"],
    ["--stage", "prod"],
    ["--region", "eu-west-1"],
  ])("but not with %s %s", async (name, value) => {
    await write("packaged.yml", vending);
    const args = place.includes(name) ? place.with(place.indexOf(name) + 1, value) : [...place, name, value];
    const ended = await npmRun("deploy", ...args);
    expect([ended.status, ended.err]).toEqual([2, expect.stringMatching(refusal)]);
  });

  test("but not from a folder that has none", async () => {
    const { status, err } = await npmRun("deploy", "--package", "nothing");
    expect([status, err]).toEqual([
      2,
      expect.stringMatching(/nothing\/serverless-state\.json cannot be read: ENOENT/),
    ]);
  });
});

test("the check alone takes such a configuration, too", async () => {
  await write("vending.yml", vending);
  await write("cases.yml", casesThat("WRITE"));
  expect(await npmRun("config:check", "vending.yml")).toMatchObject({ status: 0 });
  expect(await npmRun("config:check", "vending.yml", "--cases", "cases.yml")).toMatchObject({ status: 1 });
  expect(await npmRun("config:check", "--cases")).toMatchObject({ status: 2 });
});

test("Serverless takes no build of another stage", async () => {
  expect(await npmRun("build", "--stage", "built")).toMatchObject({ status: 0 });
  const print = (stage: string) =>
    run(join(operator.clone, "node_modules/.bin/serverless"), ["print", "--stage", stage], {
      cwd: operator.clone,
      env: { PATH: process.env["PATH"], HOME: operator.folder },
    });
  await print("built");
  await expect(print("other")).rejects.toMatchObject({ code: 1 });
});
