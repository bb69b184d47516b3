import { describe, expect, test } from "vitest";
import { optionNames, readOptions } from "../../../infra/deploy/options.ts";

const region = "eu-central-1";
const read = (given: Record<string, unknown>, place = region) =>
  readOptions(new Map(Object.entries(given)), place);
const key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/1234abcd";
const domain = { domainName: "keyvend.example.com", certificateArn: certificate };
const group = "sg-0a1b2c3d";
const subnets = ["subnet-0a1b2c3d", "subnet-0a1b2c3d4e5f60718"];

test("nothing is on unless it is asked for", () => {
  expect(read({})).toEqual({});
});

/** A value of each option, as text of a command line and as YAML has it, and what is read. */
const sound: [name: string, text: string, value: unknown, read: unknown, beside?: object][] = [
  ["vpcSubnetIds", subnets.join(","), subnets, subnets, { vpcSecurityGroupIds: group }],
  ["vpcSecurityGroupIds", group, [group], [group], { vpcSubnetIds: subnets }],
  ["kmsKeyArn", key, key, key],
  ["domainName", domain.domainName, domain.domainName, domain.domainName, { certificateArn: certificate }],
  ["certificateArn", certificate, certificate, certificate, { domainName: domain.domainName }],
  ["hostedZoneId", "Z0123456789ABC", "Z0123456789ABC", "Z0123456789ABC", domain],
  ["truststoreUri", "s3://trust/a/b.pem", "s3://trust/a/b.pem", "s3://trust/a/b.pem", domain],
  ["disableExecuteApiEndpoint", "true", true, true],
  ["tracing", "false", false, false],
  ["page", "true", true, true],
  ["reservedConcurrency", "200", 200, 200],
  ["logRetentionInDays", "30", 30, 30],
  ["rateLimit", "50", 50, 50],
  ["burstLimit", "100", 100, 100],
  ["stsRateLimit", "50", 50, 50],
  ["stsBurstLimit", "100", 100, 100],
  ["descriptionRateLimit", "1", 1, 1],
  ["descriptionBurstLimit", "2", 2, 2],
  ["alarmEmail", "on-call@example.com", "on-call@example.com", "on-call@example.com"],
  [
    "runbook",
    "https://wiki.example.com/keyvend",
    "https://wiki.example.com/keyvend",
    "https://wiki.example.com/keyvend",
  ],
  ["mostIssuedPercent", "100", 100, 100],
  ["probedEveryMinutes", "15", 15, 15],
  ["tags", "team=data,cost centre=a=b,empty=", { team: "data", "cost centre": "a=b", empty: "" }, undefined],
];

test.each(sound)("%s is read from a command line and from a file", (name, text, value, wanted, beside) => {
  const expected = wanted === undefined ? value : wanted;
  expect(read({ ...beside, [name]: text })).toHaveProperty([name], expected);
  expect(read({ ...beside, [name]: value })).toHaveProperty([name], expected);
});

test("each option is tried here", () => {
  expect(sound.map(([name]) => name).sort()).toEqual([...optionNames].sort());
});

describe("is an error that names the option, and not the value:", () => {
  test.each([
    [
      "an unknown one",
      { vpcSubnetId: "subnet-0a1b2c3d" },
      /^ {2}"vpcSubnetId" is not known here: the parameters are vpcSubnetIds, /m,
    ],
    ["a member that every object has", { constructor: "x" }, /^ {2}"constructor" is not known here/m],
    [
      "a subnet that is none",
      { vpcSubnetIds: "vpc-0a1b2c3d", vpcSecurityGroupIds: group },
      /vpcSubnetIds must be 1 to 16 ids of subnets/,
    ],
    [
      "a list with an empty entry",
      { vpcSubnetIds: "subnet-0a1b2c3d,", vpcSecurityGroupIds: group },
      /vpcSubnetIds must be/,
    ],
    [
      "a list with spaces",
      { vpcSubnetIds: "subnet-0a1b2c3d, subnet-0a1b2c3e", vpcSecurityGroupIds: group },
      /vpcSubnetIds must be/,
    ],
    [
      "a subnet twice",
      { vpcSubnetIds: "subnet-0a1b2c3d,subnet-0a1b2c3d", vpcSecurityGroupIds: group },
      /vpcSubnetIds must be/,
    ],
    [
      "six security groups",
      { vpcSubnetIds: subnets, vpcSecurityGroupIds: [1, 2, 3, 4, 5, 6].map((n) => `sg-0a1b2c3${n}`) },
      /vpcSecurityGroupIds must be 1 to 5/,
    ],
    [
      "subnets without security groups",
      { vpcSubnetIds: subnets },
      /^ {2}vpcSubnetIds needs vpcSecurityGroupIds beside it$/m,
    ],
    [
      "security groups without subnets",
      { vpcSecurityGroupIds: group },
      /^ {2}vpcSecurityGroupIds needs vpcSubnetIds beside it$/m,
    ],
    [
      "a key by its alias",
      { kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:alias/keyvend" },
      /kmsKeyArn must be the ARN of a KMS key, and not of an alias/,
    ],
    ["a key by its id", { kmsKeyArn: "1234abcd" }, /kmsKeyArn must be/],
    [
      "a key of another region",
      { kmsKeyArn: key.replace("eu-central-1", "eu-west-1") },
      /^ {2}kmsKeyArn must be in the region of the deployment, eu-central-1$/m,
    ],
    [
      "a key of another partition",
      { kmsKeyArn: key.replace("arn:aws:", "arn:aws-cn:") },
      /kmsKeyArn must be in the region/,
    ],
    [
      "a certificate of another region",
      { ...domain, certificateArn: certificate.replace("eu-central-1", "us-east-1") },
      /certificateArn must be in the region/,
    ],
    ["a domain without a certificate", { domainName: domain.domainName }, /domainName needs certificateArn/],
    ["a certificate without a domain", { certificateArn: certificate }, /certificateArn needs domainName/],
    ["a hosted zone without a domain", { hostedZoneId: "Z0123456789ABC" }, /hostedZoneId needs domainName/],
    [
      "a truststore without a domain",
      { truststoreUri: "s3://trust/a.pem" },
      /truststoreUri needs domainName/,
    ],
    ["a truststore on the web", { ...domain, truststoreUri: "https://trust/a.pem" }, /truststoreUri must be/],
    [
      "a domain with a scheme",
      { ...domain, domainName: "https://keyvend.example.com" },
      /domainName must be a name such as/,
    ],
    ["a domain for all names", { ...domain, domainName: "*.example.com" }, /domainName must be/],
    ["a domain of one label", { ...domain, domainName: "keyvend" }, /domainName must be/],
    ["no instance", { reservedConcurrency: "0" }, /reservedConcurrency must be a whole number from 1/],
    ["a number in words", { reservedConcurrency: "many" }, /reservedConcurrency must be/],
    ["half a request", { rateLimit: 0.5 }, /rateLimit must be a whole number/],
    ["a number with a sign", { rateLimit: "+5" }, /rateLimit must be/],
    [
      "days that CloudWatch does not know",
      { logRetentionInDays: "31" },
      /logRetentionInDays must be one of 1, 3, 5/,
    ],
    ["yes", { tracing: "yes" }, /tracing must be true or false/],
    ["nothing", { tracing: "" }, /tracing must be/],
    ["null", { tracing: null }, /tracing must be/],
    ["tags without a value", { tags: "team" }, /tags must be 1 to 40 tags such as team=data/],
    ["tags without a key", { tags: "=data" }, /tags must be/],
    ["AWS's own tags", { tags: "aws:team=data" }, /tags must be/],
    ["AWS's own tags, shouted", { tags: "AWS:team=data" }, /tags must be/],
    ["a tag twice", { tags: "team=data,team=ops" }, /tags must be/],
    ["a number for a tag", { tags: { cost: 42 } }, /tags must be/],
    ["a list of tags", { tags: ["team=data"] }, /tags must be/],
    ["no tag", { tags: {} }, /tags must be/],
    [
      "41 tags",
      { tags: Object.fromEntries(Array.from({ length: 41 }, (_, n) => [`k${n}`, "v"])) },
      /tags must be/,
    ],
    ["a variable of Serverless", { tags: "team=${env:HOME}" }, /tags must be/],
    [
      "a variable of Serverless as a name",
      { ...domain, domainName: "${env:HOME}.example.com" },
      /domainName must be/,
    ],
  ])("%s", (_what, given: Record<string, unknown>, message) => {
    expect(() => read(given)).toThrow(/^The parameters have faults:\n/);
    expect(() => read(given)).toThrow(message);
  });
});

test("all faults are told at once", () => {
  const given = { tracing: "yes", vpcSubnetIds: subnets, colour: "red" };
  expect(() => read(given)).toThrow(/tracing must be.*"colour" is not known.*vpcSubnetIds needs/s);
});

test.each([
  ["cn-north-1", "aws-cn"],
  ["us-gov-west-1", "aws-us-gov"],
  ["eusc-de-east-1", "aws-eusc"],
])("in %s ARNs have the partition %s", (place, partition) => {
  const arn = `arn:${partition}:kms:${place}:111122223333:key/1234abcd`;
  expect(read({ kmsKeyArn: arn }, place)).toEqual({ kmsKeyArn: arn });
});
