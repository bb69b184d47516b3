import { DescribeStacksCommand, paginateListStackResources } from "@aws-sdk/client-cloudformation";
import { namesOf } from "../../deploy/names.ts";
import { about, type Finding } from "../finding.ts";
import type { Account, DeployedServices } from "./account.ts";

interface StackResource {
  logicalId: string;
  physicalId: string;
  type: string;
}

/** What a stack has made. */
export interface Stack {
  resources: readonly StackResource[];
  /** Physical ids of all resources of a type, `AWS::Lambda::Function`. */
  idsOf(type: string): string[];
}

/** Finds the stack of the stage, and judges its state. */
export async function checkStack(
  { stage }: Account,
  { cloudFormation }: DeployedServices,
): Promise<{ finding: Finding; stack?: Stack }> {
  const name = namesOf(stage).stack;
  const of = about("stack", name);
  const status = await statusOf(name, cloudFormation);
  if (status === undefined)
    return {
      finding: of.failed("is not there", "Check --stage, --region and the account of the AWS credentials."),
    };
  const resources: StackResource[] = [];
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: name }))
    for (const {
      LogicalResourceId = "",
      PhysicalResourceId = "",
      ResourceType = "",
    } of page.StackResourceSummaries ?? [])
      resources.push({ logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType });
  const idsOf = (type: string) =>
    resources.filter((each) => each.type === type).map(({ physicalId }) => physicalId);
  return { finding: judge(status, of), stack: { resources, idsOf } };
}

async function statusOf(
  StackName: string,
  cloudFormation: DeployedServices["cloudFormation"],
): Promise<string | undefined> {
  try {
    const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return stack?.StackStatus;
  } catch (error) {
    // CloudFormation has no code of its own for a stack that is not there.
    if (/does not exist/.test(String(Object(error).message))) return undefined;
    throw error;
  }
}

function judge(status: string, of: ReturnType<typeof about>): Finding {
  if (/^(?:CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return of.ok(status);
  if (status.endsWith("_IN_PROGRESS") && !status.startsWith("DELETE"))
    return of.warning(`a deployment is under way (${status})`, "Run the doctor again when it is over.");
  if (status === "UPDATE_ROLLBACK_COMPLETE")
    return of.warning(
      "the last deployment failed and was taken back",
      "Read the stack's events, and deploy again.",
    );
  return of.failed(status, "Read the stack's events, and bring it in order before anything else.");
}
