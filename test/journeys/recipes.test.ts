/**
 * Each recipe runs as it is written, against local issuers in the products' shapes and the deployed function. The tests
 * replace the hosts and the store, and nothing else.
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkDocument, readVendingYaml } from "../../infra/config/vending-yaml.ts";
import { warningsOf } from "../../infra/config/warnings.ts";
import { createAccounts } from "../../infra/local/aws/accounts.ts";
import type { LocalServer } from "../../infra/local/aws/listener.ts";
import { createSessionTokens, type StsSession } from "../../infra/local/aws/session-tokens.ts";
import { comeBack } from "../../infra/local/come-back.ts";
import { buildCli } from "../../shared/client/build-cli.ts";
import { blocksOf } from "../documents/markdown.ts";
import { isServerDoor } from "../functions/server/server-handler.ts";
import { startHttpFront } from "./http-front.ts";
import {
  type GithubJob,
  type GitlabJob,
  type Product,
  requestToken,
  startAwsAccount,
  startCluster,
  startCognito,
  startGithub,
  startGitlab,
  startKeycloak,
  type TokenRequest,
  type Workload,
} from "./identity-products.ts";
import { type AnswerOrProblem, type LocalService, startLocalService, type Vending } from "./local-service.ts";

type Variables = Record<string, string>;

const run = promisify(execFile);
const ingest: GithubJob = { repository: "example/ingest", repositoryId: "456789", ref: "refs/heads/main" };
const orders: GitlabJob = {
  projectPath: "data/orders",
  namespaceId: "72",
  ref: "main",
  isRefProtected: true,
};
const roleNamed = (name: string, change: Partial<Workload> = {}): Workload => ({
  ...{ roleArn: `arn:aws:iam::111122223333:role/${name}`, tags: {}, requestTags: {} },
  ...change,
});
const reports = roleNamed("reports");

/** The languages of each recipe's code blocks: its part of the configuration, and the client's settings. */
const contents = {
  "aws-workloads": ["yaml", "sh", "sh"],
  cognito: ["yaml", "yaml", "sh"],
  "github-actions": ["yaml", "yaml"],
  "gitlab-ci": ["yaml", "yaml"],
  keycloak: ["yaml", "sh"],
  kubernetes: ["yaml", "yaml"],
  "static-tokens": ["sh", "yaml", "sh"],
};
type Recipe = keyof typeof contents;
const recipes = Object.keys(contents) as Recipe[];
/** These say of themselves that they are not run as a whole. Other tests hold them to what can be shown. */
const notRun = ["cloudfront"];
/** This has no configuration of its own: it goes on from any other. */
const longerWork = "longer-work";
/** These need a whole store: `npm run conformance` follows them. */
const storeRecipes = ["minio", "seaweedfs"];
/** `sts-recipe.test.ts` runs its configuration and its table of roles; conformance runs the clients. */
const ofTheStsDoor = ["sts-door", "catalogs", "fluss", "hadoop"];

let job = ingest;
let workload = reports;
let groups = ["staff", "analysts"];

/** The local addresses of the hosts that recipes name. */
const hosts = new Map<string, string>();
const texts = new Map<string, string>();
/** The README's configuration. All recipes are written for its storage. */
let base: { issuers: object; storages: object };
let folder: string;
let github: Product;
let gitlab: Awaited<ReturnType<typeof startGitlab>>;
let cluster: Awaited<ReturnType<typeof startCluster>>;
let awsAccount: Product;
let keycloak: Product;
let cognito: Awaited<ReturnType<typeof startCognito>>;
let service: LocalService;
let front: LocalServer;
let apiToken: string;

const accounts = createAccounts({
  accountId: "111122223333",
  roles: ["reports", "billing"].map((name) => ({
    name,
    trust: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    },
    policies: [],
  })),
});
const sessionTokens = createSessionTokens();

beforeAll(async () => {
  for (const name of recipes) texts.set(name, await readFile(`infra/recipes/${name}.md`, "utf8"));
  const [configuration = ""] = blocksOf(await readFile("README.md", "utf8"), "yaml");
  const { issuers, storages } = parse(configuration);
  base = { issuers, storages };
  folder = await mkdtemp(join(tmpdir(), "keyvend-recipes-"));
  // The shell looks for the AWS CLI here first.
  await mkdir(join(folder, "bin"));
  const cli = [process.execPath, resolve("test/journeys/aws-cli.ts")].map((path) => JSON.stringify(path));
  await writeFile(join(folder, "bin/aws"), `#!/bin/sh\nexec ${cli.join(" ")} "$@"\n`);
  await chmod(join(folder, "bin/aws"), 0o755);

  const keyvend = [process.execPath, await buildCli(join(folder, "cli"))].map((path) => JSON.stringify(path));
  await writeFile(join(folder, "bin/keyvend"), `#!/bin/sh\nexec ${keyvend.join(" ")} "$@"\n`, {
    mode: 0o755,
  });
  await writeFile(join(folder, "bin/new-token"), '#!/bin/sh\ncat "$HOME/next-token"\n', { mode: 0o755 });

  github = await startGithub(() => job);
  gitlab = await startGitlab();
  cluster = await startCluster("https://kubernetes.default.svc.cluster.local");
  awsAccount = await startAwsAccount(() => workload);
  keycloak = await startKeycloak({
    loader: { secret: "the loader's secret+&=", roles: ["staff", "etl-acme"] },
    "two-tenants": { secret: "secret", roles: ["etl-acme", "etl-globex"] },
    portal: { secret: "secret", roles: ["staff", "etl", "view-etl-acme", "etl-../acme"] },
  });
  cognito = await startCognito(() => groups);
  hosts
    .set("token.actions.githubusercontent.com", github.url)
    .set("gitlab.com", gitlab.url)
    .set("keys.example.com", cluster.url)
    .set("1a2b3c4d-example.tokens.sts.global.api.aws", awsAccount.url)
    .set("login.example.com", keycloak.url)
    .set("cognito-idp.eu-central-1.amazonaws.com", cognito.url);

  const made = await run("bash", ["-c", block("static-tokens", "sh", "token:new")]);
  apiToken = made.stdout.trim().split("\n").at(-1) ?? "";
  const entry = parse(/^ {2}ci-legacy:\n(?: {4}.+\n)+/m.exec(made.stderr)?.[0] ?? "");

  service = await startLocalService((vending) => {
    const lake = { ...vending.storages["federated"], bucket: "s3://lake/warehouse" };
    const parts = recipes.map((name): Vending => parse(here(configurationOf(name))));
    const merged = {
      issuers: Object.assign({}, ...parts.map((part) => part.issuers)),
      grants: [...parts.flatMap((part) => part.grants), ...variants()],
    };
    const storages = Object.fromEntries(["lake", ...Object.keys(variantGrants)].map((name) => [name, lake]));
    return Object.assign({}, ...parts, { ...merged, apiTokens: entry, storages });
  });
  front = await startHttpFront(service, { accounts, sessionTokens }, "eu-central-1");
  hosts.set("keyvend.example.com", front.url);
});
afterAll(async () => {
  for (const server of [front, service, github, gitlab, cluster, awsAccount, keycloak, cognito])
    await server?.close();
  await rm(folder, { recursive: true });
});

function block(recipe: Recipe, language: string, containing: string): string {
  const blocks = blocksOf(texts.get(recipe) ?? "", language).filter((code) => code.includes(containing));
  return blocks.length === 1 && blocks[0]
    ? blocks[0]
    : expect.fail(`${blocks.length} blocks of ${containing}`);
}

/** A recipe's part of the configuration. */
const configurationOf = (recipe: Recipe) => block(recipe, "yaml", "grants:");

/** The part of a grant that a recipe gives within a sentence. It replaces the same part of the configuration. */
function inline(recipe: Recipe, beginning: string): object {
  const sentences = (texts.get(recipe) ?? "").replaceAll(/^```.*?^```$/gms, "");
  const codes = Array.from(sentences.matchAll(/`([^`\n]+)`/g), ([, code = ""]) => code);
  const [code = "", ...others] = codes.filter((each) => each.startsWith(beginning));
  return code !== "" && others.length === 0 ? parse(code) : expect.fail(`${beginning} is not there once`);
}

/** The grant of a recipe that has one. */
const grantOf = (recipe: Recipe) => parse(configurationOf(recipe)).grants[0];

/** The grants that recipes describe in a sentence. Each has a storage of its own, by whose name it is listed. */
const variantGrants = {
  "sub-groups"() {
    const { claims, ...grant } = grantOf("gitlab-ci");
    const [path, ids] = [inline("gitlab-ci", "project_path:"), inline("gitlab-ci", "namespace_id:")];
    return { ...grant, claims: { ...claims, ...path, ...ids }, ...inline("gitlab-ci", "prefix:") };
  },
  "some-namespaces"() {
    return { ...grantOf("kubernetes"), ...inline("kubernetes", "claims: { /kubernetes.io/namespace: [") };
  },
  "whole-namespaces"() {
    const { subject: _, ...grant } = grantOf("kubernetes");
    const claims = inline("kubernetes", 'claims: { /kubernetes.io/namespace: "');
    return { ...grant, ...claims, ...inline("kubernetes", "prefix:") };
  },
};

const variants = () =>
  Object.entries(variantGrants).map(([name, grant]) => ({ ...grant(), name, storage: name }));

/** A recipe's code with local addresses instead of the hosts that it names. */
function here(code: string): string {
  return Array.from(hosts).reduce((text, [host, url]) => text.replaceAll(`https://${host}`, url), code);
}

/** The machine's own environment is left out, except for the paths of its commands. */
const machine = (): Variables => ({ PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, HOME: folder });

/** The variables that a shell exports after it has run the settings of a recipe. */
async function exportedBy(recipe: string, more: Variables = {}): Promise<Variables> {
  const script = `${here(recipe)}\nenv -0`;
  const env = { ...machine(), ...more };
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], { env });
  return Object.fromEntries(
    stdout
      .split("\0")
      .filter((line) => line.startsWith("AWS_CONTAINER_") || line.startsWith("AWS_REGION="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** Asks for credentials as an SDK with these variables does, and for one folder if it is given. */
async function ask(
  environment: Variables,
  folder?: string,
): Promise<{ status: number; body: AnswerOrProblem }> {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = "", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } =
    environment;
  const token = file ? await readFile(file, "utf8") : environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const url = folder === undefined ? uri : `${uri}?target=s3://lake/warehouse/${folder}`;
  const response = await comeBack(() => fetch(url, { headers: { authorization: token ?? "" } }));
  return { status: response.status, body: (await response.json()) as AnswerOrProblem };
}

/** The same caller, at the storage of a grant that a recipe describes in a sentence. */
function varied(environment: Variables, storage: keyof typeof variantGrants): Variables {
  const url = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]?.replace("/lake/", `/${storage}/`) ?? "";
  return { ...environment, AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
}

const vendedAnswer = (prefix: string, permission: string) => ({
  status: 200,
  body: {
    Targets: [`s3://lake/warehouse/${prefix}`],
    Permission: permission,
    AccessKeyId: expect.any(String),
  },
});
const noGrant = { status: 403, body: { code: "no_grant" } };
const chooseTarget = { status: 400, body: { code: "choose_target" } };

/** Runs an unmodified AWS SDK in a process with these variables, a bucket and a key. Gives what it wrote and read. */
async function sdk(environment: Variables, key: string): Promise<string> {
  const program = [resolve("test/journeys/sdk-program.ts"), "lake", `warehouse/${key}`];
  const env = { ...machine(), ...environment, AWS_ENDPOINT_URL_S3: service.backends.s3.url };
  return (await run(process.execPath, program, { env })).stdout;
}

/** Runs the step of the workflow as a runner does for the job. Gives the variables that later steps have. */
async function githubStep(): Promise<Variables> {
  const { permissions, steps } = parse(here(block("github-actions", "yaml", "GITHUB_ENV"))).jobs.ingest;
  expect(permissions).toMatchObject({ "id-token": "write" });
  const [{ shell, run: script }] = steps;
  expect(shell).toBe("bash");
  const [scriptFile, envFile] = [join(folder, "step.sh"), join(folder, "github-env")];
  await writeFile(scriptFile, script);
  await writeFile(envFile, "");
  const { stdout } = await run("bash", ["--noprofile", "--norc", "-eo", "pipefail", scriptFile], {
    env: {
      ...machine(),
      ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
      GITHUB_ENV: envFile,
    },
  });
  const lines = (await readFile(envFile, "utf8")).trimEnd().split("\n");
  const environment: Variables = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  // Others can read the log, but not the masked values.
  expect(stdout).toBe(`::add-mask::${environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}\n`);
  return environment;
}

test("these tests run every recipe, and every block of code in it", async () => {
  const files = await readdir("infra/recipes");
  expect(files.sort()).toEqual(
    [...recipes, longerWork, ...notRun, ...storeRecipes, ...ofTheStsDoor].map((name) => `${name}.md`).sort(),
  );
  for (const name of notRun)
    expect(await readFile(`infra/recipes/${name}.md`, "utf8")).toContain("**not run**");
  for (const name of recipes) {
    const languages = Array.from(texts.get(name)?.matchAll(/^```(\w+)$/gm) ?? [], ([, language]) => language);
    expect(languages, name).toEqual(contents[name]);
  }
});

test.each(recipes)("the configuration of %s passes the check, without warnings", async (name) => {
  // The day is fixed, because the recipe's API token has an end and the check must not depend on the day of this run.
  const now = Date.parse("2026-12-01T00:00:00Z");
  const file = join(folder, `${name}.yml`);
  await writeFile(file, configurationOf(name));
  const { config } = checkDocument({ ...base, ...(readVendingYaml(file).document as object) }, now);
  expect(warningsOf(config, now)).toEqual([]);
  expect(config.grants.all.length).toBeGreaterThan(0);
});

test("GitHub Actions: after the step an AWS SDK writes where the main branch of the repository may", async () => {
  const environment = await githubStep();
  expect(await sdk(environment, "raw/github.txt")).toBe("written to warehouse/raw/github.txt\n");
  await expect(sdk(environment, "elsewhere/github.txt")).rejects.toThrow("AccessDenied");
});

test.each([
  { ...ingest, repository: "example/other", repositoryId: "999999" },
  { ...ingest, repositoryId: "999999" },
  { ...ingest, ref: "refs/pull/7/merge" },
])("GitHub Actions: nothing for $repository ($repositoryId) at $ref", async (other) => {
  job = other;
  const environment = await githubStep();
  job = ingest;
  expect(await ask(environment)).toMatchObject(noGrant);
});

/** The variables that GitLab's runner gives to the recipe's job, with its ID tokens. */
function gitlabEnvironment(change: Partial<GitlabJob> = {}): Variables {
  const { id_tokens, variables, timeout } = parse(here(block("gitlab-ci", "yaml", "id_tokens:"))).ingest;
  const [, hours] = /^(\d+) hours$/.exec(timeout) ?? expect.fail(timeout);
  const tokens = Object.entries<{ aud: string }>(id_tokens).map(([name, { aud }]) => [
    name,
    gitlab.idToken({ ...orders, ...change }, aud, Number(hours) * 3_600),
  ]);
  return { ...variables, ...Object.fromEntries(tokens) };
}

test("GitLab CI: in the job an AWS SDK writes the folder of its project, and no other", async () => {
  const environment = gitlabEnvironment();
  expect(await sdk(environment, "projects/orders/gitlab.txt")).toBe(
    "written to warehouse/projects/orders/gitlab.txt\n",
  );
  await expect(sdk(environment, "projects/invoices/gitlab.txt")).rejects.toThrow("AccessDenied");
  expect(await ask(environment, "projects/invoices/")).toMatchObject(noGrant);
});

test.each<[string, Partial<GitlabJob>]>([
  ["another group", { projectPath: "web/orders", namespaceId: "99" }],
  ["another group that has the path now", { namespaceId: "99" }],
  ["a sub-group", { projectPath: "data/etl/orders", namespaceId: "73" }],
  ["a branch that is not protected", { ref: "feature", isRefProtected: false }],
])("GitLab CI: nothing for %s", async (_which, change) => {
  expect(await ask(gitlabEnvironment(change))).toMatchObject(noGrant);
});

test("GitLab CI: the grant for sub-groups gives the folder of the path, with the warning that the recipe names", async () => {
  const inGroup = (projectPath: string, namespaceId: string) =>
    ask(varied(gitlabEnvironment({ projectPath, namespaceId }), "sub-groups"));
  expect(await inGroup("data/etl/orders", "73")).toMatchObject(
    vendedAnswer("projects/etl/orders/", "READWRITE"),
  );
  expect(await inGroup("data/orders", "72")).toMatchObject(vendedAnswer("projects/orders/", "READWRITE"));
  expect(await inGroup("web/etl/orders", "73")).toMatchObject(noGrant);
  expect(await inGroup("data/etl/orders", "74")).toMatchObject(noGrant);
  const { issuers } = parse(configurationOf("gitlab-ci"));
  const { config } = checkDocument({ ...base, issuers, grants: [variantGrants["sub-groups"]()] });
  expect(warningsOf(config)).toMatchObject([
    { path: "grants[0].prefix", message: expect.stringContaining("has folders within folders") },
  ]);
});

/** The variables that the recipe's pod gets from the container runtime. Its token file is written as kubelet writes it. */
async function pod(change: Partial<TokenRequest> = {}): Promise<Variables> {
  const { metadata, spec } = parse(here(block("kubernetes", "yaml", "kind: Pod")));
  const [container] = spec.containers;
  const [mount] = container.volumeMounts;
  const volume = spec.volumes.find(({ name }: { name: string }) => name === mount.name);
  const [{ serviceAccountToken }] = volume.projected.sources;
  const { audience, expirationSeconds, path } = serviceAccountToken;
  const { namespace } = metadata;
  const request = { namespace, serviceAccount: spec.serviceAccountName, audience, expirationSeconds };

  const root = await mkdtemp(join(folder, "pod-"));
  const file = join(root, mount.mountPath, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, cluster.serviceAccountToken({ ...request, ...change }));
  const environment: Variables = Object.fromEntries(
    container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  return {
    ...environment,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: root + environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
  };
}

test("Kubernetes: in the pod an AWS SDK writes the folder of its service account, and no other", async () => {
  const environment = await pod();
  expect(await sdk(environment, "namespaces/data/ingest/pod.txt")).toBe(
    "written to warehouse/namespaces/data/ingest/pod.txt\n",
  );
  await expect(sdk(environment, "namespaces/data/default/pod.txt")).rejects.toThrow("AccessDenied");
  await expect(sdk(environment, "namespaces/web/ingest/pod.txt")).rejects.toThrow("AccessDenied");
});

test("Kubernetes: one grant serves all namespaces, and none gets the folder of another", async () => {
  const other = await pod({ namespace: "web", serviceAccount: "default" });
  expect(await ask(other)).toMatchObject(vendedAnswer("namespaces/web/default/", "READWRITE"));
  for (const folder of [
    "namespaces/data/ingest/",
    "namespaces/web/ingest/",
    "namespaces/web/",
    "namespaces/",
  ])
    expect(await ask(other, folder), folder).toMatchObject(noGrant);
});

test("Kubernetes: by the nested claim all service accounts of a namespace share its folder", async () => {
  const data = varied(await pod({ serviceAccount: "default" }), "whole-namespaces");
  expect(await ask(data)).toMatchObject(vendedAnswer("namespaces/data/", "READWRITE"));
  expect(await ask(data, "namespaces/web/")).toMatchObject(noGrant);
  const web = varied(await pod({ namespace: "web" }), "whole-namespaces");
  expect(await ask(web)).toMatchObject(vendedAnswer("namespaces/web/", "READWRITE"));
});

test("Kubernetes: with the nested claim beside the subject, only the namespaces that it names are served", async () => {
  const inNamespace = async (namespace: string) => ask(varied(await pod({ namespace }), "some-namespaces"));
  expect(await inNamespace("web")).toMatchObject(vendedAnswer("namespaces/web/ingest/", "READWRITE"));
  expect(await inNamespace("kube-system")).toMatchObject(noGrant);
});

test("Kubernetes: the token that every pod has for its own API server is refused", async () => {
  const { status } = await ask(await pod({ audience: "https://kubernetes.default.svc.cluster.local" }));
  expect(status).toBe(401);
});

/** The variables of an EC2 instance. SDKs look for the keys of its role last. */
const instance = (): Variables => ({
  AWS_EC2_METADATA_SERVICE_ENDPOINT: awsAccount.url,
  AWS_ENDPOINT_URL_STS: awsAccount.url,
});

/** The variables that the recipe's settings give on an instance with a role. */
async function settingsUnder(role: Workload, times = 1): Promise<Variables> {
  workload = role;
  return exportedBy(block("aws-workloads", "sh", "get-web-identity-token").repeat(times), instance());
}

test("AWS workloads: the role's web identity token reads, and no other role's does", async () => {
  expect(await ask(await settingsUnder(reports))).toMatchObject(vendedAnswer("raw/", "READ"));
  expect(await ask(await settingsUnder(reports, 2))).toMatchObject(vendedAnswer("raw/", "READ"));
  expect(await ask(await settingsUnder(roleNamed("billing")))).toMatchObject(noGrant);
});

test("AWS workloads: a role writes the folder of its tag, and a tag of its request gives it nothing", async () => {
  const etl = roleNamed("etl", { tags: { team: "data", stage: "prod" }, requestTags: { team: "finance" } });
  const environment = await settingsUnder(etl);
  expect(await ask(environment)).toMatchObject(vendedAnswer("teams/data/", "READWRITE"));
  expect(await ask(environment, "teams/finance/")).toMatchObject(noGrant);
  for (const other of [
    roleNamed("billing", { requestTags: { team: "data" } }),
    roleNamed("billing", { tags: { Team: "data" } }),
    roleNamed("billing", { tags: { team: "data/.." } }),
    roleNamed("reports", { roleArn: "arn:aws:iam::111122223333:user/ada", tags: { team: "data" } }),
  ])
    expect(await ask(await settingsUnder(other)), JSON.stringify(other)).toMatchObject(noGrant);
});

/** The variables of a workload with a role. */
function sessionOf(roleArn: string): Variables {
  const session: StsSession = {
    accessKeyId: "ASIAEXAMPLEEXAMPLE22",
    secretAccessKey: "the secret of a session/of a role+",
    issuedAt: Date.now(),
    expiration: Date.now() + 3_600_000,
    holder: {
      ...{ kind: "assumed-role", sessionName: "i-0123456789abcdef0" },
      roleId: accounts.role(roleArn)?.id ?? "",
    },
    policy: undefined,
    tags: {},
    transitiveTagKeys: [],
    sourceIdentity: undefined,
  };
  return {
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: sessionTokens.seal(session),
  };
}

test.skipIf(isServerDoor)(
  "AWS workloads: the signed request gives the role read access, and other roles nothing",
  async () => {
    const signed = (env: Variables, script = here(block("aws-workloads", "sh", "--aws-sigv4"))) =>
      run("bash", ["-euo", "pipefail", "-c", script], { env: { ...machine(), ...env } });
    const { stdout } = await signed(sessionOf(reports.roleArn));
    expect(JSON.parse(stdout)).toMatchObject(vendedAnswer("raw/", "READ").body);
    await expect(signed(sessionOf(roleNamed("billing").roleArn))).rejects.toThrow("403");
    const tampered = { ...sessionOf(reports.roleArn), AWS_SECRET_ACCESS_KEY: "guessed" };
    await expect(signed(tampered)).rejects.toThrow("403");
  },
);

/** The variables that the recipe's settings give to a client of the realm. */
function keycloakEnvironment(client: string, secret: string): Promise<Variables> {
  const recipe = block("keycloak", "sh", "client_id=loader");
  return exportedBy(recipe.replace("client_id=loader", `client_id=${client}`), { CLIENT_SECRET: secret });
}

test("Keycloak: a role opens the folder that it names, and other roles open nothing", async () => {
  const loader = await keycloakEnvironment("loader", "the loader's secret+&=");
  expect(await ask(loader)).toMatchObject(vendedAnswer("tenants/acme/", "READWRITE"));
  expect(await ask(loader, "tenants/globex/")).toMatchObject(noGrant);
  expect(await ask(await keycloakEnvironment("portal", "secret"))).toMatchObject(noGrant);
});

test("Keycloak: the target chooses one of several such roles, as the recipe says", async () => {
  const both = await keycloakEnvironment("two-tenants", "secret");
  expect(await ask(both)).toMatchObject(chooseTarget);
  for (const folder of ["tenants/acme/", "tenants/globex/"])
    expect(await ask(both, folder)).toMatchObject(vendedAnswer(folder, "READWRITE"));
  expect(await ask(both, "tenants/")).toMatchObject(noGrant);
});

const ada = (): Variables => ({
  COGNITO_USER: "ada",
  COGNITO_PASSWORD: "correct horse",
  AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cognito.url,
});

test("Amazon Cognito: the ID token of an analyst reads, and other users' do not", async () => {
  const recipe = block("cognito", "sh", "initiate-auth");
  expect(await ask(await exportedBy(recipe, ada()))).toMatchObject(vendedAnswer("raw/", "READ"));
  expect(await ask(await exportedBy(recipe + recipe, ada()))).toMatchObject(vendedAnswer("raw/", "READ"));
  groups = ["staff"];
  expect(await ask(await exportedBy(recipe, ada()))).toMatchObject(noGrant);
});

test("Amazon Cognito: an access token is refused, as the recipe says", async () => {
  const environment = await exportedBy(block("cognito", "sh", "initiate-auth"), ada());
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = cognito.accessToken();
  expect((await ask(environment)).status).toBe(401);
  expect(service.log.at(-1)?.audit.reason).toContain("aud");
});

test("static tokens: the printed token writes, and a guessed one does not", async () => {
  const recipe = block("static-tokens", "sh", "KEYVEND_TOKEN");
  const environment = await exportedBy(recipe, { KEYVEND_TOKEN: apiToken });
  expect(await ask(environment)).toMatchObject(vendedAnswer("legacy/", "WRITE"));
  const guessed = { ...environment, AWS_CONTAINER_AUTHORIZATION_TOKEN: `kvt_${"A".repeat(43)}` };
  expect((await ask(guessed)).status).toBe(401);
});

describe("longer work: past the end of its token", () => {
  let settings: string;
  let command: string;
  /** Puts a token into the file, as the recipe does. Of a token that has expired the life is below zero. */
  let renew: (seconds: number) => Promise<void>;

  beforeAll(async () => {
    const blocks = blocksOf(await readFile(`infra/recipes/${longerWork}.md`, "utf8"), "sh");
    expect(blocks).toHaveLength(3);
    const [renewal = "", ...others] = blocks;
    [settings = "", command = ""] = others;
    renew = async (seconds) => {
      await writeFile(join(folder, "next-token"), `${gitlab.idToken(orders, "keyvend", seconds)}\n`);
      await run("bash", ["-euo", "pipefail", "-c", renewal], { env: machine() });
    };
  });

  test("an SDK goes on with the file's next token, which other users cannot read", async () => {
    await renew(-300);
    const environment = await exportedBy(settings, { AWS_CONTAINER_AUTHORIZATION_TOKEN: "an old one" });
    expect((await ask(environment)).status).toBe(401);
    await expect(sdk(environment, "projects/orders/longer.txt")).rejects.toThrow();
    await renew(600);
    expect(await sdk(environment, "projects/orders/longer.txt")).toContain("written to");
    const file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] ?? "";
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("so do exec and the profile", async () => {
    const program = [process.execPath, resolve("test/journeys/sdk-program.ts")].map((path) =>
      JSON.stringify(path),
    );
    const script = `#!/bin/sh\nexec ${program.join(" ")} lake warehouse/projects/orders/exec.txt\n`;
    await writeFile(join(folder, "ingest"), script, { mode: 0o755 });
    await renew(600);
    const options = { cwd: folder, env: machine() };
    const { stdout } = await run("bash", ["-euo", "pipefail", "-c", here(command)], options);
    expect(stdout).toBe("written to warehouse/projects/orders/exec.txt\n");

    const profile = { AWS_PROFILE: "lake", AWS_CONFIG_FILE: join(folder, "lake-profile") };
    await renew(-300);
    await expect(sdk(profile, "projects/orders/profile.txt")).rejects.toThrow("Could not load credentials");
    await renew(600);
    expect(await sdk(profile, "projects/orders/profile.txt")).toContain("written to");
  });
});
