import { expect, test } from "vitest";
import { deployedFunctions } from "../../../infra/deploy/functions.ts";
import { deploymentKeyStatements } from "../../../infra/iam/deployment-key.ts";

const account = "111122223333";

test("a key lets the logs of one stage's functions and API be encrypted, and its alarms be published", () => {
  const groups = [
    ...deployedFunctions.map((name) => `/aws/lambda/keyvend-prod-${name}`),
    "/aws/http-api/keyvend-prod",
  ];
  expect(
    deploymentKeyStatements({ stage: "prod", region: "eu-central-1", account, options: {} }),
  ).toMatchObject([
    {
      Principal: { Service: "logs.eu-central-1.amazonaws.com" },
      Condition: {
        ArnEquals: {
          "kms:EncryptionContext:aws:logs:arn": groups.map(
            (group) => `arn:aws:logs:eu-central-1:${account}:log-group:${group}`,
          ),
        },
      },
    },
    { Principal: { Service: "cloudwatch.amazonaws.com" }, Action: ["kms:Decrypt", "kms:GenerateDataKey*"] },
  ]);
});

test.each([
  ["cn-north-1", "aws-cn", "logs.cn-north-1.amazonaws.com.cn"],
  ["eusc-de-east-1", "aws-eusc", "logs.eusc-de-east-1.amazonaws.eu"],
])("in %s its ARNs have the partition %s, and the service is %s", (region, partition, service) => {
  const [logs] = deploymentKeyStatements({ stage: "prod", region, account, options: {} });
  expect(logs?.Principal).toEqual({ Service: service });
  expect(JSON.stringify(logs?.Condition)).toContain(`"arn:${partition}:logs:${region}:`);
});

test("a region that is not known is an error", () => {
  expect(() =>
    deploymentKeyStatements({ stage: "prod", region: "mars-east-1", account, options: {} }),
  ).toThrow(/mars-east-1/);
});
