import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "node:util";
import { vi } from "vitest";
import { compileConfig } from "../../functions/config.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { createAccounts } from "../../infra/local/aws/accounts.ts";
import type { LocalServer } from "../../infra/local/aws/listener.ts";
import { createSecretsManagerServer } from "../../infra/local/aws/secrets-manager.ts";
import { createSessionTokens } from "../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../infra/local/aws/sts.ts";
import { startDynamodb } from "../../infra/local/dynamodb.ts";
import { type OidcIssuer, startOidcIssuer } from "../../infra/local/oidc-issuer.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { indexGrants } from "../../shared/core/grant-index.ts";
import { clientSecret } from "../../shared/identity/client-keys.ts";
import { masterKeys, masterSecret, polaris } from "../identity/signed-by-client-key.ts";
import { isServerDoor, startServerHandler, stopServers } from "./server/server-handler.ts";

const tableName = "keyvend-test";
const functionsKey = { accessKeyId: "AKIAFUNCTIONS0000001", secretAccessKey: "functions+own/secret" };
const lakeKey = { accessKeyId: "AKIALAKEOWNER0000001", secretAccessKey: "lake+owner/secret" };
const tenantsKey = { accessKeyId: "AKIATENANTSOWNER0001", secretAccessKey: "tenants+owner/secret" };
const wrongKey = { ...lakeKey, secretAccessKey: "wrong+but/secret/all+the+same" };
const sealingKey = "the sealing key of all these tests";

/** The ids of client keys: a catalog's, a job's with one grant, one beyond its end, and one whose master key is retired. */
export const clientKeyIds = {
  catalog: "KV2XCATALOGAAAAAAAAAAAAA",
  job: "KV2XJOBAAAAAAAAAAAAAAAAA",
  late: "KV2XLATEAAAAAAAAAAAAAAAA",
  retired: "KV9XRETIREDAAAAAAAAAAAAA",
  unknown: "KV2XUNKNOWNAAAAAAAAAAAAA",
};

/** A client key as its client has it. */
export async function clientKey(name: keyof typeof clientKeyIds) {
  const accessKeyId = clientKeyIds[name];
  const { key } = await masterKeys.current();
  return { accessKeyId, secretAccessKey: clientSecret(accessKeyId, key) };
}

/** The values in Secrets Manager, by name. Some of them are an operator's mistakes. */
const secrets = {
  sealing: JSON.stringify({ current: "k1", k1: sealingKey }),
  "sealing-forged": JSON.stringify({ current: "k1", k1: `${sealingKey}, or nearly so` }),
  "client-keys": masterSecret,
  // As the server names them.
  "keyvend-test/sealing-key": JSON.stringify({ current: "k1", k1: sealingKey }),
  "keyvend-test/client-keys": masterSecret,
  lake: JSON.stringify(lakeKey),
  tenants: JSON.stringify(tenantsKey),
  wrong: JSON.stringify(wrongKey),
  unreadable: `not JSON, but ${lakeKey.secretAccessKey}`,
  half: JSON.stringify({ accessKeyId: lakeKey.accessKeyId }),
};

/** Texts that must be in no answer and in no log. */
export const unspeakable: readonly string[] = [
  ...[functionsKey, lakeKey, tenantsKey, wrongKey].flatMap((key) => Object.values(key)),
  sealingKey,
  ...Object.values<string>(JSON.parse(masterSecret)).filter((text) => text.length > 2),
];

export const endpoint = "http://127.0.0.1:9000";

/** The programs of a deployment. Each starts when its modules are loaded. */
const starts = {
  app: async () => {
    const [{ appTimeouts, createApp }, { createRuntime }] = await Promise.all([
      import("../../functions/app.ts"),
      import("../../functions/runtime.ts"),
    ]);
    return createApp(createRuntime(appTimeouts));
  },
  clientKeys: async () => {
    const [{ appTimeouts }, { createRuntime }, { createClientKeys }] = await Promise.all([
      import("../../functions/app.ts"),
      import("../../functions/runtime.ts"),
      import("../../functions/client-keys.ts"),
    ]);
    return createClientKeys(createRuntime(appTimeouts));
  },
  vend: async () => (isServerDoor ? startServerHandler() : (await import("../../functions/vend.ts")).handler),
  warm: async () => (await import("../../functions/warm.ts")).handler,
  revoke: async () => (await import("../../functions/revoke.ts")).handler,
};

type Start = typeof starts;

/** The functions on backends of their own, for the tests of one file. */
export interface TestDeployment {
  issuer: OidcIssuer;
  sts: LocalServer;
  /** The lines that the functions logged. */
  log: string[];
  /** A cold start: a function's handler, or the application itself, in modules that no other instance has. */
  coldStart<Name extends keyof Start>(name: Name, environment?: object): ReturnType<Start[Name]>;
  /** Path of a configuration that no build would write. */
  brokenConfig(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts an issuer, a table and stand-ins for AWS, with a configuration that has a storage for each case.
 *
 * @example const vend = await (await startDeployment()).coldStart("vend")
 */
export async function startDeployment(): Promise<TestDeployment> {
  const realm = { accounts: account(), sessionTokens: createSessionTokens() };
  const [issuer, dynamodb, sts, secretsManager] = await Promise.all([
    startOidcIssuer(0),
    startDynamodb(0, tableName),
    createStsServer(realm),
    // The keys are older than five minutes: STS knows what it will ever know of them.
    createSecretsManagerServer({ ...realm, secrets, now: () => Date.now() - 600_000 }),
  ]);
  const folder = await mkdtemp(join(tmpdir(), "keyvend-functions-"));
  const config = parseConfig(documentOf(issuer.url, sts.url));
  const configPath = join(folder, "vending.json");
  await writeFile(configPath, compileConfig(config));

  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: functionsKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: functionsKey.secretAccessKey,
    AWS_SESSION_TOKEN: "",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    VENDING_CONFIG: configPath,
    VENDING_TABLE: tableName,
    SEALING_SECRET: "sealing",
    CLIENT_KEYS_SECRET: "client-keys",
    WARM_FUNCTION: "keyvend-test-warm",
    // No entry is due while these tests run, so no request goes to this address.
    AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:1",
  };
  const log: string[] = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, method).mockImplementation((...words) => void log.push(format(...words)));
  vi.spyOn(process.stdout, "write").mockImplementation((line) => log.push(String(line).trimEnd()) > 0);

  return {
    issuer,
    sts,
    log,
    coldStart(name, change = {}) {
      vi.resetModules();
      for (const [variable, value] of Object.entries({ ...environment, ...change }))
        vi.stubEnv(variable, value);
      return starts[name]() as ReturnType<Start[typeof name]>;
    },
    async brokenConfig() {
      const path = join(folder, "broken.json");
      const grants = config.grants.all.map(({ prefix: _, ...grant }) => grant as Grant);
      await writeFile(path, compileConfig({ ...config, grants: indexGrants(grants) }));
      return path;
    },
    async close() {
      await stopServers();
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
      await Promise.all([issuer, dynamodb, sts, secretsManager].map((server) => server.close()));
      await rm(folder, { recursive: true });
    },
  };
}

function account() {
  const user = (name: string, key: typeof lakeKey, action: string) => {
    const statement = { Effect: "Allow", Action: [action], Resource: ["*"] };
    return { name, accessKeys: [key], policies: [{ Version: "2012-10-17", Statement: [statement] }] };
  };
  return createAccounts({
    users: [
      user("functions", functionsKey, "secretsmanager:*"),
      user("lake-owner", lakeKey, "*"),
      user("tenants-owner", tenantsKey, "*"),
    ],
  });
}

function documentOf(issuer: string, stsEndpoint: string): object {
  const place = { bucket: "lake", region: "us-east-1", endpoint, pathStyleAccess: true };
  const ofSecret = (secret: string) => ({ ...place, issue: "session-token", stsEndpoint, secret });
  const storages = {
    lake: { ...ofSecret("lake"), maxDurationSeconds: 43_200 },
    tenants: { ...ofSecret("tenants"), issue: "federation-token" },
    spaces: { ...ofSecret("tenants"), issue: "federation-token" },
    "own-keys": { ...place, issue: "none" },
    ungranted: ofSecret("lake"),
    office: ofSecret("lake"),
    // Of regions of their own, so that no other storage's session is kept for them.
    busy: { ...ofSecret("lake"), region: "us-west-2" },
    away: { ...ofSecret("lake"), region: "us-west-1" },
    wrong: ofSecret("wrong"),
    unreadable: ofSecret("unreadable"),
    half: ofSecret("half"),
    missing: ofSecret("missing"),
  };
  const toEveryone = Object.keys(storages)
    .filter((name) => !["tenants", "spaces", "ungranted"].includes(name))
    .map((storage) => ({
      name: `everyone-${storage}`,
      issuer: "local",
      subject: "*",
      storage,
      permission: "READWRITE",
      maxDurationSeconds: 43_200,
      ...(storage === "office" && { sourceIps: ["198.51.100.0/24", "2001:db8:1::/48"] }),
    }));
  const ofTenants = {
    name: "tenants",
    issuer: "local",
    claims: { tenant: "*" },
    storage: "tenants",
    prefix: "tenants/${claims.tenant}/",
    permission: "READWRITE",
  };
  const ofSpaces = [
    {
      name: "namespaces",
      issuer: "local",
      subject: "system:serviceaccount:{namespace}:{account}",
      storage: "spaces",
      prefix: "ns/${namespace}/",
      permission: "READ",
    },
    {
      name: "roles",
      issuer: "local",
      claims: { "/realm_access/roles": "etl-{tenant}", "/org/active": "true" },
      storage: "spaces",
      prefix: "tenants/${tenant}/${claims./org/id}/",
      permission: "READ",
    },
  ];
  const toClientKey = (subject: string, storage: string, more: object = {}) => ({
    name: `${subject}-${storage}`,
    issuer: "client-key",
    subject,
    storage,
    permission: "READWRITE",
    ...more,
  });
  const ofClientKeys = [
    toClientKey("catalog", "tenants", { prefix: "wh/", maxDurationSeconds: 3_600 }),
    toClientKey("catalog", "lake", { maxDurationSeconds: 43_200 }),
    toClientKey("catalog", "own-keys"),
    toClientKey("job", "tenants", { prefix: "job/", sessionTags: { team: "data" } }),
    toClientKey("late", "lake"),
    toClientKey("retired", "lake"),
  ];
  const end = (ms: number) => new Date(Date.now() + ms).toISOString();
  return {
    issuers: { local: { issuer, audience: "keyvend" } },
    aws: { accounts: ["111122223333"] },
    clientKeys: {
      polaris: { id: polaris, expires: end(3_600_000) },
      catalog: { id: clientKeyIds.catalog, expires: end(3_600_000), storage: "lake" },
      job: { id: clientKeyIds.job, expires: end(3_600_000) },
      late: { id: clientKeyIds.late, expires: end(-1_000) },
      retired: { id: clientKeyIds.retired, expires: end(3_600_000) },
    },
    storages,
    grants: [...toEveryone, ofTenants, ...ofSpaces, ...ofClientKeys],
    stsRoleArns: {
      "arn:aws:iam::111122223333:role/trino": { storage: "tenants", permission: "READ", prefix: "wh/a" },
    },
  };
}
