import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
} from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { type FunctionConfiguration, GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Template } from "../../journeys/operator.ts";
import { unzip } from "../../journeys/unzip.ts";

interface StatementReadBack {
  Sid?: string;
  Effect: string;
  Action: string[];
  /** moto gives a null for what it does not know: the ARN of a secret of the stack. */
  Resource: string | (string | null)[] | undefined;
}

/** Reads back what a deployment made. */
export interface Deployed {
  /** The names of the stack's resources by their logical ids, of those that moto can make. */
  resources(stack: string): Promise<Record<string, string>>;
  /** The template that CloudFormation got. */
  template(stack: string): Promise<Template>;
  /** The types of the template that moto cannot make. */
  unknownTypes(stack: string): Promise<string[]>;
  tags(stack: string): Promise<Record<string, string>>;
  function(name: string): Promise<FunctionConfiguration>;
  /** The configuration in the zip that the function was made of. */
  configurationOf(name: string): Promise<{ storages: { name: string; secret?: string }[] }>;
  /** Of the policies in a role. */
  statements(role: string): Promise<StatementReadBack[]>;
  statementsOfPolicy(arn: string): Promise<StatementReadBack[]>;
  /** The days for which each log group is kept whose name begins so. */
  retention(prefix: string): Promise<Record<string, number | undefined>>;
  close(): void;
}

/** What the AWS SDK's clients need. */
interface ClientSettings {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/**
 * Reads back with the AWS SDK, from any endpoint that answers for all services.
 *
 * @example await deployedAt(settings).function("keyvend-prod-vend")
 */
export function deployedAt(settings: ClientSettings): Deployed {
  const cloudFormation = new CloudFormationClient(settings);
  const lambda = new LambdaClient(settings);
  const iam = new IAMClient(settings);
  const logs = new CloudWatchLogsClient(settings);
  const s3 = new S3Client({ ...settings, forcePathStyle: true });

  async function template(StackName: string): Promise<Template> {
    const { TemplateBody = "" } = await cloudFormation.send(new GetTemplateCommand({ StackName }));
    return JSON.parse(TemplateBody);
  }

  async function resources(StackName: string): Promise<Record<string, string>> {
    const { StackResourceSummaries = [] } = await cloudFormation.send(
      new ListStackResourcesCommand({ StackName }),
    );
    const made = StackResourceSummaries.filter(({ LogicalResourceId }) => LogicalResourceId);
    return Object.fromEntries(
      made.map(({ LogicalResourceId = "", PhysicalResourceId = "" }) => [
        LogicalResourceId,
        PhysicalResourceId,
      ]),
    );
  }

  async function inlinePolicies(RoleName: string): Promise<string[]> {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    return Promise.all(
      PolicyNames.map(async (PolicyName) => {
        const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        return PolicyDocument;
      }),
    );
  }

  return {
    resources,
    template,
    async unknownTypes(stack) {
      const made = await resources(stack);
      const { Resources } = await template(stack);
      const unknown = Object.entries(Resources).filter(([id]) => !(id in made));
      return [...new Set(unknown.map(([, { Type }]) => Type))].sort();
    },
    async tags(StackName) {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      return Object.fromEntries((Stacks?.[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    },
    async function(FunctionName) {
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
      return Configuration ?? {};
    },
    async configurationOf(FunctionName) {
      const [, stack = "", name = ""] = /^(.+)-(\w+)$/.exec(FunctionName) ?? [];
      const { ServerlessDeploymentBucket } = await resources(stack);
      const { Resources } = await template(stack);
      const code = Object.values(Resources)
        .map(({ Properties }) => (Properties?.["Code"] as { S3Key?: string } | undefined)?.S3Key)
        .find((key) => key?.endsWith(`/${name}.zip`));
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: ServerlessDeploymentBucket, Key: code }));
      const files = unzip(Buffer.from((await Body?.transformToByteArray()) ?? []));
      const [, text] = [...files].find(([path]) => path.endsWith("/vending.json")) ?? [];
      return JSON.parse(String(text));
    },
    async statements(role) {
      return (await inlinePolicies(role)).flatMap((document) => jsonOf(document).Statement);
    },
    async statementsOfPolicy(PolicyArn) {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
      const VersionId = Policy?.DefaultVersionId;
      const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
      return jsonOf(PolicyVersion?.Document ?? "").Statement;
    },
    async retention(logGroupNamePrefix) {
      const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
      return Object.fromEntries(
        logGroups.map(({ logGroupName, retentionInDays }) => [logGroupName, retentionInDays]),
      );
    },
    close() {
      for (const client of [cloudFormation, lambda, iam, logs, s3]) client.destroy();
    },
  };
}

/** moto keeps a policy of a template as Python writes it. */
function jsonOf(document: string): { Statement: StatementReadBack[] } {
  const text = decodeURIComponent(document);
  return JSON.parse(text.startsWith("{'") ? text.replaceAll("'", '"').replaceAll("None", "null") : text);
}
