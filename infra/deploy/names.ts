/**
 * What the parts of a deployment are called. `serverless.yml` has the same rule in its own words, and a test holds the two
 * together. Whatever is global in an account and region has the stage in its name, so that stages stand side by side.
 */

const service = "keyvend";

/** Where a command is not told, it takes these, and so does `serverless.yml`. */
export const usualStage = "dev";
export const usualRegion = "eu-central-1";

/** The names of one deployment. */
interface DeploymentNames {
  /** Of the stack, and the dashboard. */
  stack: string;
  table: string;
  sealingSecret: string;
  clientKeysSecret: string;
  /** @example functionName("warm") // "keyvend-prod-warm" */
  functionName(name: string): string;
  /** @example logGroup("vend") // "/aws/lambda/keyvend-prod-vend" */
  logGroup(name: string): string;
  accessLogGroup: string;
}

/**
 * The names of a stage's deployment. The stage is one that `checkStage` accepts, or the emulation's, `local`.
 *
 * @example namesOf("prod").sealingSecret // "keyvend-prod/sealing-key"
 */
export function namesOf(stage: string): DeploymentNames {
  const stack = `${service}-${stage}`;
  const functionName = (name: string) => `${stack}-${name}`;
  return {
    stack,
    table: stack,
    sealingSecret: `${stack}/sealing-key`,
    clientKeysSecret: `${stack}/client-keys`,
    functionName,
    logGroup: (name) => `/aws/lambda/${functionName(name)}`,
    accessLogGroup: `/aws/http-api/${stack}`,
  };
}

/**
 * The name of a role, which holds the region as well: IAM has one list of names for all regions. `of` is a function, or a storage.
 *
 * @example roleNameOf("vend", { stage: "prod", region: "eu-central-1" }) // "keyvend-prod-eu-central-1-vend"
 */
export function roleNameOf(of: string, { stage, region }: { stage: string; region: string }): string {
  return `${service}-${stage}-${region}-${of}`;
}

/** With the longest name of a region, and a function's, a role's name still has at most IAM's 64 characters. */
const longestStage = 32;

/**
 * Checks the name of a stage. It is a part of every name: stacks take letters, digits and hyphens alone, and roles whose
 * names differ only in their case cannot stand side by side.
 *
 * @returns the stage itself.
 * @throws Error that says the rule.
 */
export function checkStage(stage: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(stage) && stage.length <= longestStage) return stage;
  throw new Error(
    `The stage must be 1 to ${longestStage} characters of a-z, 0-9 and -, and neither begin nor end with -: it is a part of names that know no others.`,
  );
}

/**
 * Checks the name of a region. It is a part of names, too.
 *
 * @returns the region itself.
 * @throws Error that says the rule.
 */
export function checkRegion(region: string): string {
  if (/^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/.test(region)) return region;
  throw new Error("The region must be one of AWS, such as eu-central-1.");
}
