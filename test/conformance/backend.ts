import type { PolicySetting } from "../../shared/core/policy.ts";

/** A key pair that does not expire. */
export interface BackendKey {
  accessKeyId: string;
  secretAccessKey: string;
}

export type BackendName = "local" | "ceph" | "moto";

/** Later than the end of a session of 1,800 s, the shortest that keyvend vends; within one of 3,600 s, the roles' longest. */
export const aheadSeconds = 2700;

/** S3 and STS at some place, with everything that an operator sets up there before keyvend. */
export interface Backend {
  name: BackendName;
  s3Endpoint: string;
  stsEndpoint: string;
  /** The same S3 with its clock `aheadSeconds` ahead, so that tests of expiry need not wait. */
  aheadS3Endpoint: string;
  region: string;
  /** The setting by which policies for this backend are compiled. */
  policySetting: PolicySetting;
  /** This key may do everything. */
  operatorKey: BackendKey;
  /** A key that keyvend holds. It may use all of S3, call GetSessionToken, and assume the role. */
  vendingKey: BackendKey;
  /** The key of another user, which keyvend holds too. It may assume the role, and nothing else. */
  assumingKey: BackendKey;
  /** This role may use all of S3. */
  roleArn: string;
  /** Ends the backend. Destroy the SDK clients first, because servers wait for their connections. */
  stop(): Promise<void>;
}
