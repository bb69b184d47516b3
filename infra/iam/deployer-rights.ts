import { type DeployerSetting, deployerTable } from "./deployer-table.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-document.ts";
import { charactersOf, sizes } from "./sizes.ts";

/** The deployer's policies, what they are called, and in which account they are. */
export interface Deployer {
  name: string;
  account: string;
  policies: readonly PolicyDocument[];
}

/**
 * All that `npm run deploy` and `npm run remove` need of AWS for one stage, as policies of a size that IAM takes. In S3 it is the
 * stack's own bucket, in IAM the functions' roles, and in Secrets Manager no value.
 *
 * @throws Error where the region is not known.
 * @example deployerRights({ stage: "prod", region: "eu-central-1", account: "111122223333", options: {} })[0]?.Statement
 */
export function deployerRights(setting: DeployerSetting): PolicyDocument[] {
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
  return policies.map(documentOf);
}

function documentOf(Statement: readonly PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement };
}
