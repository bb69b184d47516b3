import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiGatewayEvent } from "../../functions/vend.ts";
import { buildConfig } from "../../infra/build.ts";
import { httpEvent } from "../functions/http-event.ts";
import { selfSigned } from "../net/self-signed.ts";
import { createProcesses, type OwnProcess } from "../stampede/own-process.ts";
import type { Addresses, BackendOperations } from "./backends.ts";

const region = "us-east-1";
const tableName = "keyvend-bench";
const stage = "bench";
const sealingSecret = `keyvend-${stage}/sealing-key`;
const roleSecret = "lake/role-user";
const storage = "lake";
const bucket = "lake";
const roleArn = "arn:aws:iam::111122223333:role/lake";
const s3 = "https://s3.us-east-1.amazonaws.com";
const teams = 50;

/** A caller, as a CI system describes it. */
const claims = {
  aud: "keyvend",
  sub: "repo:example/pipelines:ref:refs/heads/main",
  ref: "refs/heads/main",
  sha: "6e67b1cbb8e4cbf8a4c0a0c4c1fb42b2c8a7b1a3",
  repository: "example/pipelines",
  repository_owner: "example",
  repository_owner_id: "65",
  repository_id: "7",
  repository_visibility: "private",
  run_id: "9912345678",
  run_number: "107",
  run_attempt: "1",
  actor: "octocat",
  actor_id: "12",
  workflow: "nightly",
  workflow_ref: "example/pipelines/.github/workflows/nightly.yml@refs/heads/main",
  event_name: "schedule",
  ref_type: "branch",
  job_workflow_ref: "example/pipelines/.github/workflows/nightly.yml@refs/heads/main",
  runner_environment: "github-hosted",
  jti: "8a0b6a31-6b5b-4f0e-a3c1-3a1d6f9d2f77",
};

/** The environment of a process in which a handler runs, and what is behind it. */
export interface World {
  folder: string;
  backends: OwnProcess<BackendOperations>;
  /** The variables of any of the handlers; by TLS if it is asked for. */
  environment(transport?: keyof Addresses): Record<string, string>;
  /** The configuration, and where the server has its table and its secrets. */
  document: object;
  settings: { table: string; stage: string };
  storage: string;
  /** The address of the issuer. */
  issuer: string;
  /** A token of the caller that no other token equals. */
  token(id: string): Promise<string>;
  /** The request of the caller for a folder, over HTTP; with a token of its own if it is given. */
  request(folder: string, bearer?: string): { path: string; headers: Record<string, string> };
  /** The same, as API Gateway hands it on. */
  event(folder: string): ApiGatewayEvent;
  close(): Promise<void>;
}

/**
 * Starts what the handlers need, and writes their configurations: fifty teams, each with a grant on a folder.
 *
 * @param folder of the bundled functions; their configuration is written into it
 */
export async function openWorld(folder: string): Promise<World> {
  const processes = createProcesses();
  const scratch = await mkdtemp(join(tmpdir(), "keyvend-bench-"));
  const tls = selfSigned();
  const sealing = JSON.stringify({ current: "k1", k1: "the sealing key of the whole benchmark" });
  const key = {
    accessKeyId: "AKIABENCH00000000001",
    secretAccessKey: "the+long/term+secret+of+the/benchmark",
  };
  const backends = processes.start<BackendOperations>("../bench/backends.ts");
  const addresses = await backends.ask("open", {
    tableName,
    tls,
    secrets: { [sealingSecret]: sealing, [roleSecret]: JSON.stringify(key) },
  });
  const issuer = addresses.plain;
  const document = documentOf(issuer);
  await buildConfig({ outDir: folder, stage: "local", document });
  const certificate = join(scratch, "ca.pem");
  await writeFile(certificate, tls.cert);
  const settingsOf = (transport: keyof Addresses) => join(scratch, `settings-${transport}.json`);
  for (const transport of ["plain", "tls"] as const)
    await writeFile(settingsOf(transport), JSON.stringify(settings(issuer, addresses[transport])));
  const token = await backends.ask("token", issuer, claims);
  return {
    folder,
    backends,
    environment(transport = "plain") {
      const endpoint = addresses[transport];
      return {
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: "ASIABENCH00000000002",
        AWS_SECRET_ACCESS_KEY: "the+secret+of+the+functions/own+role/only",
        AWS_SESSION_TOKEN: "token+of+the+functions+own+role".repeat(12),
        AWS_ENDPOINT_URL_DYNAMODB: endpoint,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
        AWS_ENDPOINT_URL_STS: endpoint,
        AWS_ENDPOINT_URL_LAMBDA: endpoint,
        NODE_EXTRA_CA_CERTS: certificate,
        VENDING_CONFIG: join(folder, "vend/vending.json"),
        VENDING_TABLE: tableName,
        SEALING_SECRET: sealingSecret,
        CLIENT_KEYS_SECRET: "none",
        WARM_FUNCTION: "keyvend-bench-warm",
        SETTINGS: settingsOf(transport),
      };
    },
    ...{ document, storage, issuer, settings: { table: tableName, stage } },
    token: (id) => backends.ask("token", issuer, { ...claims, jti: id }),
    request: (name, bearer = token) => ({
      path: `/v1/storages/${storage}/credentials?${queryOf(name)}`,
      headers: { authorization: `Bearer ${bearer}` },
    }),
    event: (name) => httpEvent({ authorization: `Bearer ${token}`, storage, query: queryOf(name) }),
    async close() {
      await processes.endAll();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

const queryOf = (name: string) => `target=${encodeURIComponent(`s3://${bucket}/teams/7/${name}/`)}`;

const numbers = Array.from({ length: teams }, (_, n) => n);

function documentOf(issuer: string): object {
  return {
    issuers: { ci: { issuer, audience: "keyvend" } },
    storages: {
      [storage]: {
        bucket,
        region,
        endpoint: s3,
        pathStyleAccess: true,
        issue: "assume-role",
        stsEndpoint: issuer,
        roleArn,
        secret: roleSecret,
      },
    },
    // One caller asks for thousands of scopes.
    misses: { perPrincipal: 360_000, perClientKey: 360_000, perStorage: 360_000 },
    grants: numbers.map((n) => ({
      name: `team-${n}`,
      issuer: "ci",
      claims: { repository_id: String(n), ref: "refs/heads/main" },
      storage,
      prefix: `teams/${n}/`,
      permission: "READWRITE",
    })),
  };
}

/** The same, for the stand-ins. */
function settings(issuer: string, endpoint: string): object {
  return {
    ...{ issuer, audience: "keyvend", jwksUri: `${endpoint}/jwks`, stsEndpoint: issuer },
    ...{ table: tableName, sealingSecret, secret: roleSecret, roleArn, bucket, region, endpoint: s3 },
    grants: numbers.map((n) => ({
      name: `team-${n}`,
      storage,
      prefix: `teams/${n}/`,
      match: { repository_id: String(n), ref: "refs/heads/main" },
    })),
  };
}
