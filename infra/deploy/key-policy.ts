import { partitionOf } from "../../shared/core/partition.ts";
import { namesOf } from "./names.ts";

interface KeyStatement {
  Sid: string;
  Effect: "Allow";
  Principal: { AWS: string } | { Service: string };
  Action: string[];
  Resource: "*";
  Condition?: object;
}

interface KeyUse {
  stage: string;
  region: string;
  /** The account of the deployment, also where the key is another's. */
  account: string;
  /** The names of all functions. */
  functions: readonly string[];
}

/**
 * What the policy of a customer-managed KMS key has to hold so that a deployment can take it as `kmsKeyArn`, beside the statement by
 * which an account gives rights through IAM, which is the first here: the rights of the functions and of the person that deploys then
 * come from their own policies. The other two are for services that act by themselves.
 *
 * @throws Error where the region is not known.
 * @example keyPolicyOf({ stage: "prod", region: "eu-central-1", account: "111122223333", functions: ["vend"] }).Statement
 */
export function keyPolicyOf({ stage, region, account, functions }: KeyUse): {
  Version: "2012-10-17";
  Statement: KeyStatement[];
} {
  const { name: partition, domain } = partitionOf(region) ?? {};
  if (partition === undefined) throw new Error(`The region ${region} is not known here.`);
  const { logGroup, accessLogGroup } = namesOf(stage);
  const logs = `arn:${partition}:logs:${region}:${account}:log-group:`;
  const allow = (Sid: string, Principal: KeyStatement["Principal"], Action: string[], Condition?: object) =>
    ({ Sid, Effect: "Allow", Principal, Action, Resource: "*", ...(Condition && { Condition }) }) as const;
  return {
    Version: "2012-10-17",
    Statement: [
      allow("RightsThroughIam", { AWS: `arn:${partition}:iam::${account}:root` }, ["kms:*"]),
      allow(
        "EncryptLogs",
        { Service: `logs.${region}.${domain}` },
        ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        {
          ArnEquals: {
            "kms:EncryptionContext:aws:logs:arn": [...functions.map(logGroup), accessLogGroup].map(
              (group) => logs + group,
            ),
          },
        },
      ),
      // It has no condition, since AWS names none for alarms: the topic's own policy lets only its account publish.
      allow("PublishAlarms", { Service: "cloudwatch.amazonaws.com" }, [
        "kms:Decrypt",
        "kms:GenerateDataKey*",
      ]),
    ],
  };
}
