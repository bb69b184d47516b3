import type { Config } from "../../shared/core/config.ts";
import { dialectOf } from "../../shared/core/dialect.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { indexGrants } from "../../shared/core/grant-index.ts";
import type { IssueRequest } from "../../shared/core/issue-request.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { Scope } from "../../shared/core/scope.ts";
import { sessionPolicy } from "../../shared/core/session-policy.ts";
import type { Storage, StorageOf, Way } from "../../shared/core/storage.ts";
import type { VendingStorage } from "../../shared/core/ways.ts";

/** Values that tests begin with. Each test changes the part that it is about. */

const region = "eu-central-1";

const place = {
  name: "lake",
  bucket: "lake",
  prefix: "",
  region,
  endpoint: "https://s3.eu-central-1.amazonaws.com",
  pathStyleAccess: false,
  partition: "aws",
  dialect: dialectOf("aws", true),
  maxDurationSeconds: 43_200,
  sessions: "shared",
} as const;
const secret = "lake/key";
const roleArn = "arn:aws:iam::123456789012:role/for-the-account";

const storages: { [W in Way]: StorageOf<W> } = {
  "session-token": { ...place, issue: "session-token", secret },
  "federation-token": { ...place, issue: "federation-token", secret },
  "assume-role": { ...place, issue: "assume-role", secret, roleArn },
  "web-identity": { ...place, issue: "web-identity", roleArn: "arn:aws:iam::123456789012:role/web" },
  static: { ...place, issue: "static", secret, acknowledgeLongTermKeys: true },
  none: { ...place, issue: "none" },
};

/** A storage of this way; `sampleStorage("static", { name: "old" })`. */
export function sampleStorage<W extends Way>(way: W, change: Partial<StorageOf<W>> = {}): StorageOf<W> {
  return { ...storages[way], ...change };
}

/** An authorized request for an hour, for the whole storage or for a scope in it. */
export function sampleRequest<S extends VendingStorage>(
  storage: S,
  { scope = {}, ...change }: Partial<IssueRequest<S>> & { scope?: Partial<Scope> } = {},
): IssueRequest<S> {
  const whole: Scope = { bucket: storage.bucket, prefixes: [storage.prefix], permission: "READWRITE" };
  return {
    storage,
    policy: sessionPolicy(storage, { ...whole, ...scope }),
    durationSeconds: 3_600,
    sessionName: `keyvend-${storage.name}`,
    principal: alice,
    grant: "data-lake",
    ...change,
  };
}

/** Where the callers of these tests connect from. */
export const sourceIp = "198.51.100.7";

export const alice: Principal = {
  issuer: "corp",
  subject: "alice",
  claims: { team: "data-platform", email: "alice@corp.example" },
  kind: "oidc",
  tokenHash: "00112233445566778899aabbccddeeff",
};

export function sampleGrant(change: Partial<Grant> = {}): Grant {
  return {
    name: "data-lake",
    issuer: ["corp"],
    claims: { team: ["data*"] },
    storage: "lake",
    prefix: "",
    permission: "READWRITE",
    maxDurationSeconds: 43_200,
    mode: "enforce",
    ...change,
  };
}

export function configOf(configured: readonly Storage[], grants: readonly Grant[]): Config {
  return {
    issuers: new Map(),
    awsAccounts: [],
    apiTokens: [],
    clientKeys: [],
    storages: new Map(configured.map((storage) => [storage.name, storage])),
    grants: indexGrants(grants),
    stsRoles: [],
    warm: { stsCallsPerSecond: 100 },
    misses: { perPrincipal: 60, perClientKey: 600, perStorage: 600 },
  };
}
