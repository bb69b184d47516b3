import type { CredentialsAnswer, StorageAddress } from "../../shared/contract.ts";

export const address: StorageAddress = {
  Storage: "lake",
  Bucket: "lake",
  Endpoint: "https://s3.eu-central-1.amazonaws.com",
  Region: "eu-central-1",
  PathStyleAccess: false,
};

export const vended: CredentialsAnswer = {
  AccessKeyId: "ASIAEXAMPLE",
  SecretAccessKey: "wJalr/XUtn+FEMI=",
  Token: "IQoJb3JpZ2lu//8BEAE=",
  Expiration: "2026-11-22T16:00:00.000Z",
  ...address,
  Targets: ["s3://lake/t1/"],
  Permission: "READ",
  ScopeEnforcedBy: "session-policy",
  DurationSeconds: 3_600,
};

/** A long-term key, which has no session token. */
export const longTerm: CredentialsAnswer = { ...vended, AccessKeyId: "AKIAEXAMPLE", Token: "" };

export const pathStyle = { Endpoint: "http://127.0.0.1:9000", Region: "us-east-1", PathStyleAccess: true };
