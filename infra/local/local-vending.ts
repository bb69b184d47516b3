import {
  archiveBucket,
  archiveSecret,
  lakeBucket,
  lakeSecret,
  localRoles,
  tenantsExternalId,
  tenantsSecret,
  tenantsUser,
} from "./local-account.ts";
import { localClientKeyId } from "./local-client-key.ts";

interface BackendUrls {
  issuer: string;
  sts: string;
  s3: string;
}

/**
 * The emulation's configuration, in the form of `infra/vending.yml`. Every way to issue has a storage, so that
 * developers can try each. Most storages whose ways can scope give every tenant its own folder. The client key lasts for a
 * year from `now`, in epoch milliseconds.
 *
 * @example localVending({ issuer: issuer.url, sts: sts.url, s3: s3.url })
 */
export function localVending({ issuer, sts, s3 }: BackendUrls, now = Date.now()): object {
  const location = { region: "us-east-1", endpoint: s3, pathStyleAccess: true };
  const lake = { ...location, bucket: lakeBucket };
  const everyone = { issuer: ["local", "client-key"], subject: "*", permission: "READWRITE" };
  const tenantsOf = (storage: string) => ({
    ...everyone,
    name: `tenants-of-${storage}`,
    storage,
    prefix: "tenants/${claims.tenant}/",
  });
  const sessionTags = { tenant: "${claims.tenant}" };
  return {
    issuers: { local: { issuer, audience: "keyvend", requiredClaims: ["sub"] } },
    clientKeys: {
      catalog: {
        id: localClientKeyId,
        expires: new Date(now + 365 * 86_400_000).toISOString(),
        claims: { tenant: "acme" },
        storage: "tenants",
      },
    },
    storages: {
      lake: {
        ...lake,
        issue: "session-token",
        stsEndpoint: sts,
        secret: lakeSecret,
        maxDurationSeconds: 43_200,
      },
      tenants: {
        ...lake,
        issue: "assume-role",
        stsEndpoint: sts,
        roleArn: localRoles.tenants,
        secret: tenantsSecret,
        rotation: { user: tenantsUser, everyDays: 90 },
        externalId: tenantsExternalId,
        maxDurationSeconds: 43_200,
        sessions: "per-principal",
        sourceIdentity: true,
      },
      "own-role": { ...lake, issue: "assume-role", stsEndpoint: sts, roleArn: localRoles.ownRole },
      federated: { ...lake, issue: "federation-token", stsEndpoint: sts, secret: tenantsSecret },
      "web-identity": { ...lake, issue: "web-identity", stsEndpoint: sts, roleArn: localRoles.webIdentity },
      archive: {
        ...location,
        bucket: `s3://${archiveBucket}/cold`,
        issue: "static",
        secret: archiveSecret,
        acknowledgeLongTermKeys: true,
      },
      "own-keys": { ...lake, issue: "none" },
    },
    grants: [
      { ...everyone, name: "everyone-lake", storage: "lake", maxDurationSeconds: 43_200 },
      { ...tenantsOf("tenants"), sessionTags, maxDurationSeconds: 43_200 },
      { ...tenantsOf("own-role"), sessionTags },
      { ...tenantsOf("federated"), sessionTags },
      tenantsOf("web-identity"),
      { ...everyone, name: "everyone-archive", storage: "archive" },
      { ...everyone, name: "everyone-own-keys", storage: "own-keys" },
    ],
  };
}
