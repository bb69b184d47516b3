import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { STSClient } from "@aws-sdk/client-sts";
import { partitionOf } from "../../../shared/core/partition.ts";

/** In the words of the AWS SDK. */
interface OperatorCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** The AWS account behind an instance, by credentials of an operator. */
export interface Account {
  stage: string;
  region: string;
  iam: IAMClient;
  sts: STSClient;
  secretsManager: SecretsManagerClient;
  /** What CloudFormation has made. Absent in the emulation, which has no such services. */
  deployed?: DeployedServices;
  /** The roles of vend and warm, where no stack tells them. */
  functionRoles?: readonly string[];
}

export interface DeployedServices {
  cloudFormation: CloudFormationClient;
  cloudWatch: CloudWatchClient;
  sns: SNSClient;
  lambda: LambdaClient;
  /** For services that are asked without an SDK. */
  credentials: () => Promise<OperatorCredentials>;
  endpoint(service: "apigateway" | "dynamodb"): string;
}

/** Where the account is, and whose credentials look at it. */
interface AccountSettings {
  stage: string;
  region: string;
  credentials: () => Promise<OperatorCredentials>;
}

/** The variables by which the SDKs' clients take another endpoint. */
const endpointVariables = {
  apigateway: "AWS_ENDPOINT_URL_APIGATEWAYV2",
  dynamodb: "AWS_ENDPOINT_URL_DYNAMODB",
};

const limits = { maxAttempts: 3, requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 } };

/**
 * The account of a stage in AWS.
 *
 * @param endpoint one address for every service, in place of AWS's own and of what `AWS_ENDPOINT_URL…` says
 * @example openAccount({ stage: "prod", region: "eu-central-1", credentials: fromNodeProviderChain() })
 */
export function openAccount({ stage, region, credentials }: AccountSettings, endpoint?: string): Account {
  const options = { region, credentials, ...limits, ...(endpoint !== undefined && { endpoint }) };
  const domain = partitionOf(region)?.domain ?? "amazonaws.com";
  return {
    stage,
    region,
    iam: new IAMClient(options),
    sts: new STSClient(options),
    secretsManager: new SecretsManagerClient(options),
    deployed: {
      cloudFormation: new CloudFormationClient(options),
      cloudWatch: new CloudWatchClient(options),
      sns: new SNSClient(options),
      lambda: new LambdaClient(options),
      credentials,
      endpoint: (service) =>
        endpoint ??
        process.env[endpointVariables[service]] ??
        process.env["AWS_ENDPOINT_URL"] ??
        `https://${service}.${region}.${domain}`,
    },
  };
}

/**
 * The account of an emulation. It has no services that deploy and watch.
 *
 * @param functionRoles ARNs of the roles by which the functions assume those of storages
 */
export function emulatedAccount(
  { stage, region, credentials }: AccountSettings,
  endpoints: { iam: string; sts: string; secretsManager: string },
  functionRoles: readonly string[],
): Account {
  const options = (endpoint: string) => ({ region, credentials, ...limits, endpoint });
  return {
    stage,
    region,
    iam: new IAMClient(options(endpoints.iam)),
    sts: new STSClient(options(endpoints.sts)),
    secretsManager: new SecretsManagerClient(options(endpoints.secretsManager)),
    functionRoles,
  };
}
