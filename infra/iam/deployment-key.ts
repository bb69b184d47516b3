import { partitionNamed } from "../../shared/core/partition.ts";
import { functionsOf } from "../deploy/functions.ts";
import { namesOf } from "../deploy/names.ts";
import { type DeployerSetting, knownPartitionOf } from "./deployer-table.ts";
import type { PolicyStatement } from "./policy-document.ts";

/**
 * What the policy of a KMS key has to say so that a deployment can take it as `kmsKeyArn`, beside leaving rights to IAM: the functions
 * and the deployer have theirs by IAM, and two services act by themselves.
 *
 * @throws Error where the region is not known.
 * @example deploymentKeyStatements({ stage: "prod", region: "eu-central-1", account: "111122223333", options: {} })[0]?.Principal
 */
export function deploymentKeyStatements({
  stage,
  region,
  account,
  options,
}: DeployerSetting): PolicyStatement[] {
  const partition = knownPartitionOf(region);
  const { logGroup, accessLogGroup } = namesOf(stage);
  const groups = [...functionsOf(options).map(logGroup), accessLogGroup];
  const logs = `arn:${partition}:logs:${region}:${account}:log-group:`;
  return [
    {
      Effect: "Allow",
      Principal: { Service: `logs.${region}.${partitionNamed(partition)?.domain}` },
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      Resource: ["*"],
      Condition: {
        ArnEquals: { "kms:EncryptionContext:aws:logs:arn": groups.map((group) => logs + group) },
      },
    },
    // Without a condition, since AWS names none for alarms: the topic's own policy lets only its account publish.
    {
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: ["*"],
    },
  ];
}
