import { partitionOf } from "../../shared/core/partition.ts";
import { functionsOf } from "../deploy/functions.ts";
import { namesOf, roleNameOf } from "../deploy/names.ts";
import type { Options } from "../deploy/options.ts";
import type { PolicyStatement } from "./policy-document.ts";

/** Which deployment somebody may make, change and remove. */
export interface DeployerSetting {
  stage: string;
  region: string;
  account: string;
  options: Options;
}

/** What the deployer may do for the sake of resources of some types. */
interface DeployerRight extends Pick<PolicyStatement, "Condition"> {
  /** As CloudFormation names types; empty for what is for none. */
  for: readonly string[];
  actions: readonly string[];
  on: readonly string[];
}

/**
 * The rights that a deployment takes, by the types of its resources. What AWS itself says that a type takes is compared with this
 * by a test.
 *
 * @throws Error where the region is not known.
 * @example deployerTable(setting).find((right) => right.for.includes("AWS::SNS::Topic"))?.actions
 */
export function deployerTable({ stage, region, account, options }: DeployerSetting): DeployerRight[] {
  const partition = knownPartitionOf(region);
  const { stack, table, functionName, logGroup, accessLogGroup } = namesOf(stage);
  const arn = (service: string, resource: string, where = region, who = account) =>
    `arn:${partition}:${service}:${where}:${who}:${resource}`;
  const made = (logicalId: string) => `${madeFrom(stack)}${logicalId}`;
  const roles = functionsOf(options).map((name) =>
    arn("iam", `role/${roleNameOf(name, { stage, region })}`, ""),
  );
  const logGroups = [...functionsOf(options).map(logGroup), accessLogGroup].flatMap((name) => [
    arn("logs", `log-group:${name}`),
    arn("logs", `log-group:${name}:*`),
  ]);
  const bucket = arn("s3", `${made("serverlessdeploymentbuck")}*`, "", "");
  const api = (path: string) => arn("apigateway", path, region, "");
  const topic = arn("sns", made("AlarmTopic-*"));
  return [
    {
      for: [],
      actions: [
        "cloudformation:CreateStack",
        "cloudformation:UpdateStack",
        "cloudformation:DeleteStack",
        "cloudformation:CreateChangeSet",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:DeleteChangeSet",
        "cloudformation:Describe*",
        "cloudformation:ListStackResources",
        "cloudformation:GetTemplate",
        "cloudformation:TagResource",
        "cloudformation:UntagResource",
      ],
      on: [arn("cloudformation", `stack/${stack}/*`)],
    },
    {
      for: ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"],
      actions: [
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:ListBucket*",
        "s3:GetBucket*",
        "s3:Get*Configuration",
        "s3:ListTagsForResource",
        "s3:PutEncryptionConfiguration",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:TagResource",
        "s3:UntagResource",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:GetObject*",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
      ],
      on: [bucket, `${bucket}/*`],
    },
    {
      for: ["AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig"],
      actions: [
        "lambda:CreateFunction",
        "lambda:DeleteFunction",
        "lambda:Get*",
        "lambda:List*",
        "lambda:UpdateFunction*",
        "lambda:PutFunction*",
        "lambda:DeleteFunction*",
        "lambda:PutRuntimeManagementConfig",
        "lambda:PublishVersion",
        "lambda:AddPermission",
        "lambda:RemovePermission",
        "lambda:TagResource",
        "lambda:UntagResource",
      ],
      on: functionsOf(options).flatMap((name) => {
        const ofFunction = arn("lambda", `function:${functionName(name)}`);
        return [ofFunction, `${ofFunction}:*`];
      }),
    },
    {
      for: ["AWS::IAM::Role"],
      actions: [
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
        "iam:UpdateAssumeRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
      ],
      on: roles,
    },
    {
      for: ["AWS::IAM::Role"],
      actions: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      on: roles,
      Condition: { ArnLike: { "iam:PolicyARN": [arn("iam", `policy/${made("OptionRights")}-*`, "")] } },
    },
    {
      for: ["AWS::IAM::ManagedPolicy"],
      actions: [
        "iam:CreatePolicy",
        "iam:DeletePolicy",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:ListPolicyVersions",
        "iam:ListEntitiesForPolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicyVersion",
        "iam:TagPolicy",
        "iam:UntagPolicy",
      ],
      on: [arn("iam", `policy/${made("OptionRights")}-*`, "")],
    },
    {
      for: ["AWS::Lambda::Function"],
      actions: ["iam:PassRole"],
      on: roles,
      Condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
    },
    {
      for: [
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
      ],
      actions: apiActions,
      // The API's id is made by API Gateway, so that all APIs of the region are meant.
      on: [api("/apis"), api("/apis/*"), api("/tags/*")],
    },
    {
      for: ["AWS::DynamoDB::Table"],
      actions: [
        "dynamodb:CreateTable",
        "dynamodb:DeleteTable",
        "dynamodb:UpdateTable",
        "dynamodb:Describe*",
        "dynamodb:UpdateTimeToLive",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:GetResourcePolicy",
        "dynamodb:ListTagsOfResource",
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
      ],
      on: [arn("dynamodb", `table/${table}`), arn("dynamodb", `table/${table}/index/*`)],
    },
    {
      for: ["AWS::SecretsManager::Secret"],
      actions: [
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:UpdateSecret",
        "secretsmanager:TagResource",
        "secretsmanager:UntagResource",
      ],
      on: [arn("secretsmanager", `secret:${stack}/*`)],
    },
    {
      for: ["AWS::Logs::LogGroup", "AWS::Logs::MetricFilter"],
      actions: [
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:PutRetentionPolicy",
        "logs:DeleteRetentionPolicy",
        "logs:AssociateKmsKey",
        "logs:DisassociateKmsKey",
        "logs:DescribeMetricFilters",
        "logs:PutMetricFilter",
        "logs:DeleteMetricFilter",
        "logs:DescribeIndexPolicies",
        "logs:DescribeSubscriptionFilters",
        "logs:GetDataProtectionPolicy",
        "logs:ListTagsForResource",
        "logs:TagResource",
        "logs:UntagResource",
      ],
      on: logGroups,
    },
    {
      for: ["AWS::Events::Rule"],
      actions: [
        "events:DescribeRule",
        "events:PutRule",
        "events:DeleteRule",
        "events:PutTargets",
        "events:RemoveTargets",
        "events:ListTargetsByRule",
        "events:ListTagsForResource",
        "events:TagResource",
        "events:UntagResource",
      ],
      on: [arn("events", `rule/${made("*")}`)],
    },
    {
      for: ["AWS::SNS::Topic"],
      actions: [
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:GetTopicAttributes",
        "sns:SetTopicAttributes",
        "sns:GetDataProtectionPolicy",
        "sns:ListSubscriptionsByTopic",
        "sns:ListTagsForResource",
        "sns:TagResource",
        "sns:UntagResource",
      ],
      on: [topic],
    },
    {
      for: ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::InsightRule"],
      actions: [
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:PutDashboard",
        "cloudwatch:GetDashboard",
        "cloudwatch:DeleteDashboards",
        "cloudwatch:PutInsightRule",
        "cloudwatch:DeleteInsightRules",
        "cloudwatch:GetInsightRuleReport",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ],
      on: [
        arn("cloudwatch", `alarm:${made("*")}`),
        arn("cloudwatch", `dashboard/${stack}`, ""),
        arn("cloudwatch", `insight-rule/${stack}-refused-callers`),
      ],
    },
    {
      // These know no resources.
      for: [
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::InsightRule",
        "AWS::Logs::LogGroup",
        "AWS::Logs::QueryDefinition",
        "AWS::SecretsManager::Secret",
      ],
      actions: [
        "cloudformation:ValidateTemplate",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeInsightRules",
        "logs:DescribeLogGroups",
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:PutQueryDefinition",
        "logs:DeleteQueryDefinition",
        "logs:DescribeQueryDefinitions",
        "secretsmanager:GetRandomPassword",
      ],
      on: ["*"],
    },
    ...optionalRights(options, { partition, api, topic }),
  ];
}

/** @throws Error where the region is not known. */
export function knownPartitionOf(region: string): string {
  const partition = partitionOf(region)?.name;
  if (partition === undefined) throw new Error(`The region ${region} is not known here.`);
  return partition;
}

const apiActions = [
  "apigateway:GET",
  "apigateway:POST",
  "apigateway:PUT",
  "apigateway:PATCH",
  "apigateway:DELETE",
];

/** CloudFormation makes names from that of the stack, of which it cuts what is beyond 24 characters where a name gets too long. */
function madeFrom(stack: string): string {
  return stack.length <= 24 ? `${stack}-` : `${stack.slice(0, 24)}*-`;
}

function optionalRights(
  { vpcSubnetIds, kmsKeyArn, domainName, hostedZoneId, alarmEmail }: Options,
  { partition, api, topic }: { partition: string; api: (path: string) => string; topic: string },
): DeployerRight[] {
  return [
    ...(vpcSubnetIds
      ? [
          {
            for: ["AWS::Lambda::Function"],
            actions: [
              "ec2:DescribeSecurityGroups",
              "ec2:DescribeSubnets",
              "ec2:DescribeVpcs",
              "ec2:DescribeNetworkInterfaces",
            ],
            on: ["*"],
          },
        ]
      : []),
    ...(kmsKeyArn !== undefined
      ? [
          {
            for: ["AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"],
            actions: [
              "kms:CreateGrant",
              "kms:Decrypt",
              "kms:DescribeKey",
              "kms:Encrypt",
              "kms:GenerateDataKey",
              "kms:RevokeGrant",
            ],
            on: [kmsKeyArn],
          },
        ]
      : []),
    ...(domainName !== undefined
      ? [
          {
            for: ["AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping"],
            actions: [
              ...apiActions,
              "apigateway:AddCertificateToDomain",
              "apigateway:RemoveCertificateFromDomain",
            ],
            on: [api("/domainnames"), api(`/domainnames/${domainName}*`)],
          },
        ]
      : []),
    ...(alarmEmail !== undefined
      ? [
          {
            for: ["AWS::SNS::Subscription"],
            actions: ["sns:Subscribe", "sns:Unsubscribe", "sns:GetSubscriptionAttributes"],
            // A subscription's ARN begins with that of its topic.
            on: [topic],
          },
        ]
      : []),
    ...(hostedZoneId !== undefined
      ? [
          {
            for: ["AWS::Route53::RecordSet"],
            actions: [
              "route53:GetHostedZone",
              "route53:ChangeResourceRecordSets",
              "route53:ListResourceRecordSets",
              "route53:GetChange",
            ],
            on: [
              `arn:${partition}:route53:::hostedzone/${hostedZoneId}`,
              `arn:${partition}:route53:::change/*`,
            ],
          },
          {
            for: ["AWS::Route53::RecordSet"],
            actions: ["route53:ListHostedZones"],
            on: ["*"],
          },
        ]
      : []),
  ];
}
