import { roleNameOf } from "../deploy/names.ts";
import { type DeployerSetting, deployerTable, knownPartitionOf } from "./deployer-table.ts";
import { deploymentKeyStatements } from "./deployment-key.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-document.ts";
import { charactersOf, sizes } from "./sizes.ts";

/** The deployer's policies, and in which account they are. */
export interface Deployer {
  partition: string;
  account: string;
  policies: readonly { name: string; policy: PolicyDocument }[];
  /** The KMS key of the deployment's options, and what its policy has to say. */
  key?: { arn: string; statements: readonly PolicyStatement[] };
}

/**
 * All that `npm run deploy` and `npm run remove` need of AWS for one stage, as policies of a size that IAM takes. In S3 it is the
 * stack's own bucket, in IAM the functions' roles, and in Secrets Manager no value.
 *
 * @throws Error where the region is not known.
 * @example deployerOf({ stage: "prod", region: "eu-central-1", account: "111122223333", options: {} }).policies[0]?.policy
 */
export function deployerOf(setting: DeployerSetting): Deployer {
  const policies: PolicyStatement[][] = [[]];
  for (const { actions, on, Condition } of deployerTable(setting)) {
    const statement: PolicyStatement = {
      Effect: "Allow",
      Action: actions,
      Resource: on,
      ...(Condition && { Condition }),
    };
    const last = policies.at(-1) ?? [];
    if (charactersOf(documentOf([...last, statement])) <= sizes.managed) last.push(statement);
    else policies.push([statement]);
  }
  // No storage has a name with a dot, so that none has a policy of this name.
  const name = roleNameOf("deployer", setting);
  const { kmsKeyArn } = setting.options;
  return {
    partition: knownPartitionOf(setting.region),
    account: setting.account,
    policies: policies.map((statements, at) => ({
      name: `${name}.${at + 1}`,
      policy: documentOf(statements),
    })),
    ...(kmsKeyArn !== undefined && {
      key: { arn: kmsKeyArn, statements: deploymentKeyStatements(setting) },
    }),
  };
}

function documentOf(Statement: readonly PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement };
}
