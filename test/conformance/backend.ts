import type { PolicySetting } from "../../shared/core/policy.ts";

/** A key pair that does not expire. */
export interface LongTermKey {
  accessKeyId: string;
  secretAccessKey: string;
}

export type BackendName = "local" | "ceph" | "moto";

/** Past sessions of 1,800 s, the shortest that keyvend vends; within one of 3,600 s, the longest that roles allow. */
export const aheadSeconds = 2700;

/** S3 and STS somewhere, with all that an operator lays out there before keyvend comes. */
export interface Backend {
  name: BackendName;
  s3Endpoint: string;
  stsEndpoint: string;
  /** The same S3 with its clock `aheadSeconds` ahead: expiry without waiting. */
  aheadS3Endpoint: string;
  region: string;
  /** How policies for this backend are compiled. */
  policySetting: PolicySetting;
  /** May do everything. */
  operatorKey: LongTermKey;
  /** What keyvend holds: may use all of S3, call GetSessionToken, and assume the role. */
  vendingKey: LongTermKey;
  /** May use all of S3. */
  roleArn: string;
  /** Ends it. Destroy the SDK clients first: servers wait for their connections. */
  stop(): Promise<void>;
}
