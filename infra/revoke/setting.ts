import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { STSClient } from "@aws-sdk/client-sts";
import type { Config } from "../../shared/core/config.ts";
import type { ServerRecord } from "./server-record.ts";

/** The services that a run uses, all of them by the operator's own credentials. */
export interface Clients {
  lambda: LambdaClient;
  iam: IAMClient;
  sts: STSClient;
  /** Of the stage's region, or of another one that a secret's ARN names. */
  secretsManager: (region: string | undefined) => SecretsManagerClient;
  /** The audit trail; absent where there is none, in the emulation. */
  logs?: CloudWatchLogsClient;
}

/** All that a run depends on beside its task. */
export interface Setting {
  config: Config;
  stage: string;
  clients: Clients;
  /** Of a server; absent: the record is written by the stage's function. */
  server?: ServerRecord;
  /** The users of storages' long-term keys, where the operator names them. */
  users: ReadonlyMap<string, string>;
  /** The emulation's STS stands for AWS's. */
  emulatedSts?: string;
  isDryRun: boolean;
  /** Epoch milliseconds. */
  now: () => number;
  sleep: (milliseconds: number) => Promise<unknown>;
}
