import type { ApiGatewayEvent } from "../../functions/vend.ts";
import { lakeBucket, localRoles, tenantsSecret } from "../../infra/local/local-account.ts";
import { localClientKeyId } from "../../infra/local/local-client-key.ts";
import type { Ask } from "../../shared/core/ask.ts";
import type { Principal } from "../../shared/core/principal.ts";
import { httpEvent } from "../functions/http-event.ts";

/** The identity of all callers: one token serves them. */
export const principal: Principal = {
  issuer: "local",
  subject: "alice",
  claims: {},
  kind: "oidc",
  tokenHash: "00112233445566778899aabbccddeeff",
};

const storage = "lake";
/** By which a client key asks for all of the storage. */
export const roleArn = `arn:aws:iam::000000000000:role/keyvend/${storage}`;
/** Callers of STS that ask for an hour share sessions only where these may last for longer. */
const longestSeconds = 43_200;
/** The calls to STS that the warmer may make. */
export const warmedPerSecond = 200;

/** One storage with all scopes granted to every caller, and sessions by AssumeRole with a long-term key. */
export function vendingDocument({ issuer, sts }: { issuer: string; sts: string }): object {
  const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString();
  return {
    issuers: { local: { issuer, audience: "keyvend", requiredClaims: ["sub"] } },
    storages: {
      [storage]: {
        bucket: lakeBucket,
        region: "us-east-1",
        endpoint: "http://127.0.0.1:9",
        pathStyleAccess: true,
        issue: "assume-role",
        stsEndpoint: sts,
        roleArn: localRoles.tenants,
        secret: tenantsSecret,
        maxDurationSeconds: longestSeconds,
      },
    },
    warm: { stsCallsPerSecond: warmedPerSecond },
    // All callers are one principal, and the scenarios ask for hundreds of scopes.
    misses: { perPrincipal: 360_000, perClientKey: 360_000, perStorage: 360_000 },
    clientKeys: { catalog: { id: localClientKeyId, expires: tomorrow } },
    grants: [
      {
        name: "everyone",
        issuer: ["local", "client-key"],
        subject: "*",
        storage,
        permission: "READWRITE",
        maxDurationSeconds: longestSeconds,
      },
    ],
  };
}

/** Scopes differ by their prefix only. */
export function askFor(scope: string): Ask {
  return { storage, targets: [{ bucket: lakeBucket, prefix: `${scope}/` }] };
}

/** The request of each caller, as API Gateway hands it on. */
export function eventFor(scope: string, token: string): ApiGatewayEvent {
  const query = new URLSearchParams({ target: `s3://${lakeBucket}/${scope}/` }).toString();
  return httpEvent({ authorization: `Bearer ${token}`, storage, query });
}
