import { namesOf } from "../names.ts";
import type { Options } from "../options.ts";
import { extendEach, logicalId, type Statement, type TemplatePart } from "./part.ts";

/**
 * The rights that options need, on the roles of all functions and in one policy: a role that refers to it is made after it, and a
 * function after its role, so that Lambda finds the rights when it looks for them. Without such an option there is no policy.
 */
export function rightsPart(options: Options, functions: readonly string[], stage: string): TemplatePart[] {
  const statements = [
    ...(options.vpcSubnetIds ? networkRights(functions, stage) : []),
    ...(options.kmsKeyArn ? keyRights(options.kmsKeyArn) : []),
    ...(options.tracing ? tracingRights : []),
  ];
  if (statements.length === 0) return [];
  const policy = {
    Type: "AWS::IAM::ManagedPolicy",
    Properties: {
      Description: "What the options of a keyvend deployment need of its functions.",
      PolicyDocument: { Version: "2012-10-17", Statement: statements },
    },
  };
  const roles = functions.map((name) => logicalId(name, "Role"));
  return [
    { Resources: { OptionRights: policy } },
    extendEach(roles, { ManagedPolicyArns: [{ Ref: "OptionRights" }] }),
  ];
}

const networkActions = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/** Lambda connects a function by its role. The function's own code must not, and its requests are told by its ARN. */
function networkRights(functions: readonly string[], stage: string): Statement[] {
  const { functionName } = namesOf(stage);
  const arns = functions.map((name) => ({
    "Fn::Sub": `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName(name)}`,
  }));
  return [
    // Lambda asks before there is an interface, and describing knows no resources.
    { Sid: "LambdaConnects", Effect: "Allow", Action: networkActions, Resource: "*" },
    {
      Sid: "CodeDoesNot",
      Effect: "Deny",
      Action: networkActions,
      Resource: "*",
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": arns } },
    },
  ];
}

/** Through the two services alone: nothing that a function reads elsewhere can be opened with the key. */
function keyRights(key: string): Statement[] {
  return [
    {
      Sid: "UseKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: key,
      Condition: { StringLike: { "kms:ViaService": ["dynamodb", "secretsmanager"].map(throughService) } },
    },
  ];
}

/** The domain differs between partitions, and AWS alone sets this value. */
function throughService(service: string): object {
  return { "Fn::Sub": `${service}.\${AWS::Region}.*` };
}

/** X-Ray knows no resources. */
const tracingRights: Statement[] = [
  {
    Sid: "Trace",
    Effect: "Allow",
    Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    Resource: "*",
  },
];
