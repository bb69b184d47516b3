import { expect, test } from "vitest";
import { optionalTemplate } from "../../../../infra/deploy/template/optional.ts";

const functions = ["vend", "rotate"];
const vpc = { vpcSubnetIds: ["subnet-0a1b2c3d"], vpcSecurityGroupIds: ["sg-0a1b2c3d"] };
const kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";

test("without options there is nothing", () => {
  const { Resources, Outputs, extensions } = optionalTemplate({}, functions, "prod");
  expect([Resources, Outputs]).toEqual([{}, {}]);
  const changes = Object.values(extensions).flatMap(({ Properties }) => leavesOf(Properties));
  expect(changes).toEqual([]);
});

function leavesOf(value: unknown): unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [value];
}

test("several options of one resource stand beside each other", () => {
  const { extensions } = optionalTemplate(
    { ...vpc, tracing: true, kmsKeyArn, logRetentionInDays: 30 },
    functions,
    "prod",
  );
  expect(extensions["VendLambdaFunction"]?.Properties).toEqual({
    VpcConfig: { SubnetIds: vpc.vpcSubnetIds, SecurityGroupIds: vpc.vpcSecurityGroupIds },
    TracingConfig: { Mode: "Active" },
  });
  expect(extensions["RotateLogGroup"]?.Properties).toEqual({ RetentionInDays: 30, KmsKeyId: kmsKeyArn });
});

test.each([
  ["tracing", { tracing: true }, ["Trace"]],
  ["a network", vpc, ["LambdaConnects", "CodeDoesNot"]],
  ["a key", { kmsKeyArn }, ["UseKey"]],
])("%s gives the role of each function its rights, and no others", (_what, options, sids) => {
  const { Resources, extensions } = optionalTemplate(options, functions, "prod");
  expect(Resources["OptionRights"]).toMatchObject({
    Properties: { PolicyDocument: { Statement: sids.map((Sid) => expect.objectContaining({ Sid })) } },
  });
  for (const role of ["VendRole", "RotateRole"])
    expect(extensions[role]).toEqual({ Properties: { ManagedPolicyArns: [{ Ref: "OptionRights" }] } });
});

test("the key opens what the two services hold, and nothing else", () => {
  const { Resources } = optionalTemplate({ kmsKeyArn }, functions, "prod");
  expect(Resources["OptionRights"]).toMatchObject({
    Properties: {
      PolicyDocument: {
        Statement: [
          {
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: kmsKeyArn,
            Condition: {
              StringLike: {
                "kms:ViaService": [
                  { "Fn::Sub": "dynamodb.${AWS::Region}.*" },
                  { "Fn::Sub": "secretsmanager.${AWS::Region}.*" },
                ],
              },
            },
          },
        ],
      },
    },
  });
});

test("the code of no function may make network interfaces, though Lambda may by its role", () => {
  const { Resources } = optionalTemplate(vpc, functions, "prod");
  const arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:";
  expect(Resources["OptionRights"]).toMatchObject({
    Properties: {
      PolicyDocument: {
        Statement: [
          { Effect: "Allow" },
          {
            Effect: "Deny",
            Condition: {
              ArnEquals: {
                "lambda:SourceFunctionArn": [
                  { "Fn::Sub": `${arn}keyvend-prod-vend` },
                  { "Fn::Sub": `${arn}keyvend-prod-rotate` },
                ],
              },
            },
          },
        ],
      },
    },
  });
});

test("flags that are off change nothing", () => {
  expect(optionalTemplate({ tracing: false, disableExecuteApiEndpoint: false }, functions, "prod")).toEqual(
    optionalTemplate({}, functions, "prod"),
  );
});

test("a record in DNS is made only in a zone that is given", () => {
  const domain = { domainName: "keyvend.example.com", certificateArn: "arn" };
  const made = (options: object) => Object.keys(optionalTemplate(options, functions, "prod").Resources);
  expect(made(domain)).toEqual(["ApiDomain", "ApiMapping"]);
  expect(made({ ...domain, hostedZoneId: "Z0" })).toEqual(["ApiDomain", "ApiMapping", "ApiRecord"]);
});

test("an address gets the alarms only where one is given", () => {
  const { Resources } = optionalTemplate({ alarmEmail: "on-call@example.com" }, functions, "prod");
  expect(Resources).toEqual({
    AlarmEmail: {
      Type: "AWS::SNS::Subscription",
      Properties: { Protocol: "email", Endpoint: "on-call@example.com", TopicArn: { Ref: "AlarmTopic" } },
    },
  });
});
