import { lakeSecret, localBucket } from "./local-account.ts";

interface Places {
  issuer: string;
  sts: string;
  s3: string;
}

/** The emulation's configuration: what `infra/vending.yml` is to a deployment. */
export function localVending({ issuer, sts, s3 }: Places): object {
  const place = { region: "us-east-1", endpoint: s3, pathStyleAccess: true };
  return {
    issuers: { local: { issuer, audience: "keyvend", requiredClaims: ["sub"] } },
    storages: {
      lake: {
        bucket: localBucket,
        ...place,
        issue: "session-token",
        stsEndpoint: sts,
        secret: lakeSecret,
        maxDurationSeconds: 43_200,
      },
      "own-keys": { bucket: localBucket, ...place, issue: "none" },
    },
    grants: [
      {
        name: "everyone-lake",
        issuer: "local",
        subject: "*",
        storage: "lake",
        permission: "READWRITE",
        maxDurationSeconds: 43_200,
      },
      {
        name: "everyone-own-keys",
        issuer: "local",
        subject: "*",
        storage: "own-keys",
        permission: "READWRITE",
      },
    ],
  };
}
