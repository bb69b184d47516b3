/**
 * The zips of `npm run package`, under the program that feeds a function on Lambda, with events as AWS documents them. The node
 * that runs them is the version of the deployed runtime.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildConfig, buildFunctions } from "../../../infra/build.ts";
import { type Backends, startBackends } from "../../../infra/local/backends.ts";
import { localClientKey } from "../../../infra/local/local-client-key.ts";
import { runtimeModules } from "../../bench/runtime-modules.ts";
import { signedPost } from "../../functions/sts/signed-post.ts";
import { unzip } from "../../journeys/unzip.ts";
import { until } from "../../until.ts";
import { documentedHttpEvent, documentedIamIdentity, documentedScheduledEvent } from "./documented-events.ts";
import { type Instance, type PackagedFunction, startInstance } from "./instance.ts";

const root = resolve(import.meta.dirname, "../../..");
const build = ".local/lambda";
const requestId = "JKJaXmPLvHcESHA=";

let place: string;
let backends: Backends;
let functions: Record<string, PackagedFunction>;
const instances: Instance[] = [];

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "keyvend-lambda-"));
  const free = {
    api: 0,
    issuer: 0,
    dynamodb: 0,
    sts: 0,
    secretsManager: 0,
    s3: 0,
    lambda: 0,
    s3Ahead: 0,
    iam: 0,
  };
  backends = await startBackends(free);
  functions = await packaged();
});
afterEach(async () => {
  for (const instance of instances.splice(0)) await instance.close();
});
afterAll(async () => {
  await backends?.close();
  await rm(join(root, build), { recursive: true, force: true });
  await rm(place, { recursive: true, force: true });
});

/** The emulation's configuration, with the AWS identity of the documentation's example. */
function document(): object {
  const { grants, ...vending } = backends.vending as { grants: object[] };
  const subject = "arn:aws:iam::111122223333:role/example";
  const grant = { name: "role", issuer: "aws", subject, storage: "lake", permission: "READWRITE" };
  return { ...vending, aws: { accounts: ["111122223333"] }, grants: [...grants, grant] };
}

/** Packages the functions for the emulation, and unpacks each zip as Lambda does. */
async function packaged(): Promise<Record<string, PackagedFunction>> {
  await buildFunctions({ outDir: build });
  await buildConfig({ outDir: build, document: document(), stage: "local" });
  const args = ["package", "--stage", "local", "--package", place, "--param", `build=${build}`];
  await promisify(execFile)("npx", ["--no", "serverless", ...args], { cwd: root });
  const template = await readFile(join(place, "cloudformation-template-update-stack.json"), "utf8");
  const { Resources } = JSON.parse(template) as {
    Resources: Record<string, { Type: string; Properties: PackagedFunction }>;
  };
  const found: Record<string, PackagedFunction> = {};
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== "AWS::Lambda::Function") continue;
    const name = Properties.FunctionName.replace("keyvend-local-", "");
    const folder = join(place, name);
    for (const [path, content] of unzip(await readFile(join(place, `${name}.zip`)))) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    found[name] = { ...Properties, folder };
  }
  return found;
}

/** What Lambda, the role and the network give the function. The names of its parts are the template's. */
async function start(name: string, change: Record<string, string> = {}): Promise<Instance> {
  const given = Object.entries(backends.environment).filter(([variable]) => variable.startsWith("AWS_"));
  const packagedFunction = functions[name] ?? expect.unreachable(`There is no function ${name}.`);
  const instance = await startInstance(
    {
      ...packagedFunction,
      Environment: { Variables: { ...packagedFunction.Environment.Variables, ...change } },
    },
    Object.fromEntries(given),
  );
  instances.push(instance);
  return instance;
}

interface HttpResult {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

async function send(instance: Instance, event: object, remainingMs = 10_000): Promise<HttpResult> {
  return (await instance.invoke(event, remainingMs)).result as HttpResult;
}

const credentialsRoute = {
  routeKey: "GET /v1/storages/{storage}/credentials",
  rawPath: "/v1/storages/lake/credentials",
  pathParameters: { storage: "lake" },
  requestId,
};

test("every function of the template starts in its zip alone", async () => {
  expect(Object.keys(functions)).toEqual(expect.arrayContaining(["vend", "warm"]));
  for (const name of Object.keys(functions)) {
    const { failedInit, invoke } = await start(name);
    // An event that is none: what comes back is the function's own refusal, and no fault of its start.
    const ended = invoke({ routeKey: "", requestContext: { http: {} } }, 10_000).then(
      () => "answered",
      ({ errorType }: { errorType: string }) => errorType,
    );
    const failed = failedInit.catch((error: unknown) => `did not start: ${JSON.stringify(error)}`);
    expect(await Promise.race([ended, failed]), name).not.toMatch(/did not start|Runtime\./);
  }
});

test("the client has loaded of Node what the benchmark takes for loaded", async () => {
  const folder = join(place, "loaded");
  await mkdir(folder);
  const code = "const loaded = [...process.moduleLoadList]; export const handler = async () => loaded;";
  await writeFile(join(folder, "loaded.mjs"), code);
  const { vend } = functions;
  const instance = await startInstance(
    { ...(vend ?? expect.unreachable()), Handler: "loaded.handler", folder },
    {},
  );
  instances.push(instance);
  const { result } = await instance.invoke({}, 10_000);
  expect(result).toEqual(expect.arrayContaining(runtimeModules.map((name) => `NativeModule ${name}`)));
});

describe("vend", () => {
  test("answers the documented event of payload format 2.0, and logs at the root of a line", async () => {
    const vend = await start("vend");
    const authorization = `Bearer ${await backends.issuer.token()}`;
    const query = "permission=READWRITE&durationSeconds=3600";
    const event = documentedHttpEvent({
      ...credentialsRoute,
      rawQueryString: query,
      headers: { authorization },
    });
    const { statusCode, headers, body } = await send(vend, event);
    expect([statusCode, headers["Content-Type"]]).toEqual([200, "application/json"]);
    const credentials = JSON.parse(body);
    expect(credentials).toMatchObject({
      AccessKeyId: expect.stringMatching(/^ASIA/),
      DurationSeconds: 3_600,
    });
    const line = await until(
      () => vend.log.find((each) => each.includes('"vended"')) ?? expect.unreachable(),
    );
    expect(JSON.parse(line)).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: "keyvend" }] },
      Vends: 1,
      audit: { requestId, sourceIp: "192.0.2.1", accessKeyId: credentials.AccessKeyId },
    });
    expect(vend.log.join("\n")).not.toContain(credentials.SecretAccessKey);
  });

  test("takes the identity that API Gateway verified, with all members that the documentation shows", async () => {
    const vend = await start("vend");
    const aws = {
      ...credentialsRoute,
      routeKey: "GET /v1/aws/storages/{storage}/credentials",
      rawPath: "/v1/aws/storages/lake/credentials",
    };
    const { statusCode } = await send(vend, documentedHttpEvent({ ...aws, iam: documentedIamIdentity }));
    expect(statusCode).toBe(200);
    expect(await send(vend, documentedHttpEvent(aws))).toMatchObject({ statusCode: 401 });
  });

  test("reads a form that API Gateway has put into base64", async () => {
    const vend = await start("vend");
    const { id: accessKeyId, secret: secretAccessKey } = await localClientKey();
    const { headers = {}, body: form = "" } = signedPost({ accessKeyId, secretAccessKey });
    const event = documentedHttpEvent({
      routeKey: "POST /",
      rawPath: "/",
      requestId,
      headers,
      body: String(form),
    });
    const { statusCode, body } = await send(vend, event);
    expect([statusCode, body]).toEqual([200, expect.stringMatching(/^<AssumeRoleResponse /)]);
    expect(body).toContain(`<RequestId>${requestId}</RequestId>`);
  });

  test("answers a request whose time is nearly over, and no error reaches Lambda", async () => {
    const vend = await start("vend");
    // Its first event comes after its start, which takes as long as it takes.
    await send(vend, documentedHttpEvent({ ...credentialsRoute, headers: {} }));
    backends.sts.trouble.latencyMs = 2_000;
    const headers = { authorization: await backends.issuer.token() };
    const event = documentedHttpEvent({
      ...credentialsRoute,
      rawQueryString: "durationSeconds=7200",
      headers,
    });
    const { statusCode, body } = await send(vend, event, 300);
    backends.sts.trouble.latencyMs = 0;
    expect(statusCode).toBeGreaterThanOrEqual(500);
    expect(JSON.parse(body)).toMatchObject({ requestId });
  });

  test("reports a start that fails, by the name of what is missing", async () => {
    const { failedInit, invoke } = await start("vend", { SEALING_SECRET: "" });
    invoke({}, 10_000).catch(() => undefined);
    await expect(failedInit).rejects.toMatchObject({
      errorMessage: "The environment variable SEALING_SECRET is not set.",
    });
  });
});

describe("warm", () => {
  test("runs on the documented event of a schedule, and meters the run", async () => {
    const warm = await start("warm");
    expect((await warm.invoke(documentedScheduledEvent, 120_000)).result).toMatchObject({ failed: {} });
    const line = await until(
      () => warm.log.find((each) => each.includes("WarmRuns")) ?? expect.unreachable(),
    );
    expect(JSON.parse(line)).toMatchObject({ WarmRuns: 1, _aws: expect.anything() });
  });

  test("refuses an event that is neither the schedule's nor a caller's", async () => {
    const warm = await start("warm");
    await expect(warm.invoke({ entry: { key: "short", generation: 1 } }, 120_000)).rejects.toMatchObject({
      errorMessage: expect.stringContaining("must be an entry's key"),
    });
  });
});

describe("revoke", () => {
  test("writes what it is invoked with, and vend refuses by it", async () => {
    const revoke = await start("revoke");
    const carol = { kind: "principal", name: "carol", issuer: "local" };
    expect((await revoke.invoke({ revoke: carol }, 10_000)).result).toMatchObject({ revoked: [carol] });
    const headers = { authorization: `Bearer ${await backends.issuer.token({ sub: "carol" })}` };
    const { statusCode, body } = await send(
      await start("vend"),
      documentedHttpEvent({ ...credentialsRoute, headers }),
    );
    expect([statusCode, JSON.parse(body).code]).toEqual([403, "revoked"]);
    const line = await until(
      () => revoke.log.find((each) => each.includes('"revocation"')) ?? expect.unreachable(),
    );
    expect(JSON.parse(line)).toMatchObject({ revocation: { revoke: carol } });
  });

  test("refuses an event that is not an operator's, and says what is wrong", async () => {
    const revoke = await start("revoke");
    await expect(revoke.invoke(documentedHttpEvent(credentialsRoute), 10_000)).rejects.toMatchObject({
      errorMessage: expect.stringContaining("is not known"),
    });
  });
});
