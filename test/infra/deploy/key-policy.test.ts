import { expect, test } from "vitest";
import { keyPolicyOf } from "../../../infra/deploy/key-policy.ts";

const account = "111122223333";
const functions = ["vend", "warm"];

test("a key's policy lets the account give rights, and each service do its own work for one stage alone", () => {
  const { Statement } = keyPolicyOf({ stage: "prod", region: "eu-central-1", account, functions });
  expect(Statement).toMatchObject([
    { Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: ["kms:*"] },
    {
      Principal: { Service: "logs.eu-central-1.amazonaws.com" },
      Condition: {
        ArnEquals: {
          "kms:EncryptionContext:aws:logs:arn": [
            `arn:aws:logs:eu-central-1:${account}:log-group:/aws/lambda/keyvend-prod-vend`,
            `arn:aws:logs:eu-central-1:${account}:log-group:/aws/lambda/keyvend-prod-warm`,
            `arn:aws:logs:eu-central-1:${account}:log-group:/aws/http-api/keyvend-prod`,
          ],
        },
      },
    },
    { Principal: { Service: "cloudwatch.amazonaws.com" }, Action: ["kms:Decrypt", "kms:GenerateDataKey*"] },
  ]);
});

test.each([
  ["cn-north-1", "aws-cn", "logs.cn-north-1.amazonaws.com.cn"],
  ["eusc-de-east-1", "aws-eusc", "logs.eusc-de-east-1.amazonaws.eu"],
])("in %s it has the partition %s and the service %s", (region, partition, service) => {
  const [root, logs] = keyPolicyOf({ stage: "prod", region, account, functions }).Statement;
  expect(root?.Principal).toEqual({ AWS: `arn:${partition}:iam::${account}:root` });
  expect(logs?.Principal).toEqual({ Service: service });
});

test("a region that is not known is an error", () => {
  expect(() => keyPolicyOf({ stage: "prod", region: "mars-east-1", account, functions })).toThrow(
    /mars-east-1 is not known/,
  );
});
