import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { STSClient } from "@aws-sdk/client-sts";
import { operatorKey } from "../local/local-account.ts";
import type { LocalPorts } from "../local/ports.ts";
import type { Clients } from "./setting.ts";

/** An operator in a hurry must not wait for a service without end. */
const requestHandler = { connectionTimeout: 3_000, requestTimeout: 12_000 };

/** The services of AWS, by the credentials that the AWS SDK finds. */
export function awsClients(region: string): Clients {
  const common = { region, requestHandler };
  return {
    lambda: new LambdaClient(common),
    iam: new IAMClient(common),
    sts: new STSClient(common),
    secretsManager: (other) =>
      new SecretsManagerClient({ ...common, ...(other !== undefined && { region: other }) }),
    logs: new CloudWatchLogsClient(common),
  };
}

/** The emulation's, by the key of its operator. It has no audit trail. */
export function localClients(ports: LocalPorts): Clients {
  const at = (port: number) => ({
    region: "us-east-1",
    requestHandler,
    endpoint: `http://127.0.0.1:${port}`,
    credentials: operatorKey,
  });
  return {
    lambda: new LambdaClient(at(ports.lambda)),
    iam: new IAMClient(at(ports.iam)),
    sts: new STSClient(at(ports.sts)),
    secretsManager: () => new SecretsManagerClient(at(ports.secretsManager)),
  };
}
