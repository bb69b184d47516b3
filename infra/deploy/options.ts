import { partitionOf } from "../../shared/core/partition.ts";
import { flag, list, type OptionReader, oneOf, tags, text, wholeNumber } from "./option-readers.ts";

/** The parameters of a deployment, all of which may be left out. infra/README.md says what each does. */
const readers = {
  vpcSubnetIds: list(/^subnet-[0-9a-f]{8,17}$/, 16, "ids of subnets, such as subnet-0a1b2c3d"),
  vpcSecurityGroupIds: list(/^sg-[0-9a-f]{8,17}$/, 5, "ids of security groups, such as sg-0a1b2c3d"),
  kmsKeyArn: text(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/,
    "the ARN of a KMS key, and not of an alias",
  ),
  domainName: text(
    /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    "a name such as keyvend.example.com, in lower case",
  ),
  certificateArn: text(
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]{1,64}$/,
    "the ARN of a certificate in ACM",
  ),
  hostedZoneId: text(
    /^Z[A-Z0-9]{1,31}$/,
    "the id of a hosted zone in Route 53, such as Z0123456789ABCDEFGHIJ",
  ),
  truststoreUri: text(
    /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[\w!'()*+./=-]{1,512}$/,
    "where certificates in PEM are, such as s3://example-trust/front.pem",
  ),
  disableExecuteApiEndpoint: flag(),
  tracing: flag(),
  page: flag(),
  reservedConcurrency: wholeNumber(1, 100_000),
  logRetentionInDays: oneOf([
    ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
    ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
  ]),
  rateLimit: wholeNumber(1, 1_000_000),
  burstLimit: wholeNumber(1, 1_000_000),
  stsRateLimit: wholeNumber(1, 1_000_000),
  stsBurstLimit: wholeNumber(1, 1_000_000),
  descriptionRateLimit: wholeNumber(1, 1_000_000),
  descriptionBurstLimit: wholeNumber(1, 1_000_000),
  alarmEmail: text(/^[^\s@"<>]{1,64}@[a-z0-9.-]{1,190}\.[a-z]{2,63}$/i, "an address of e-mail"),
  runbook: text(/^https:\/\/[\w.-]+[\w.:/?&=%~+-]{0,400}$/, "an https: address without a #"),
  mostIssuedPercent: wholeNumber(1, 100),
  // CloudWatch looks back at a day at most, and two runs have to be missing.
  probedEveryMinutes: wholeNumber(5, 720),
  tags: tags(40),
} satisfies Record<string, OptionReader<unknown>>;

type OptionName = keyof typeof readers;

/** Each option that is given, as its value. */
export type Options = {
  [Name in OptionName]?: NonNullable<ReturnType<(typeof readers)[Name]["read"]>>;
};

export const optionNames = Object.keys(readers) as OptionName[];

/**
 * Checks the options of a deployment into a region: each by itself, and those that need one another.
 *
 * @throws Error with every fault. It names the option, and never has a value.
 * @example readOptions({ kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd" }, "eu-central-1")
 */
export function readOptions(given: ReadonlyMap<string, unknown>, region: string): Options {
  const faults: string[] = [];
  const options: Partial<Record<OptionName, unknown>> = {};
  for (const [name, value] of given) {
    const known = optionNames.find((one) => one === name);
    if (known === undefined) {
      faults.push(`${JSON.stringify(name)} is not known here: the parameters are ${optionNames.join(", ")}`);
      continue;
    }
    const reader = readers[known];
    const read = reader.read(value);
    if (read === undefined) faults.push(`${known} must be ${reader.must}`);
    else options[known] = read;
  }
  faults.push(...faultsTogether(options as Options, new Set(given.keys()), region));
  if (faults.length > 0)
    throw new Error(`The parameters have faults:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  return options as Options;
}

/** Which option is of no use without another. */
const needs: readonly (readonly [OptionName, OptionName])[] = [
  ["vpcSubnetIds", "vpcSecurityGroupIds"],
  ["vpcSecurityGroupIds", "vpcSubnetIds"],
  ["domainName", "certificateArn"],
  ["certificateArn", "domainName"],
  ["hostedZoneId", "domainName"],
  ["truststoreUri", "domainName"],
];

function faultsTogether(options: Options, given: ReadonlySet<string>, region: string): string[] {
  const alone = needs.filter(([name, other]) => given.has(name) && !given.has(other));
  const elsewhere = (["kmsKeyArn", "certificateArn"] as const).filter((name) => {
    const [, partition, , ofArn] = options[name]?.split(":") ?? [];
    return ofArn !== undefined && (ofArn !== region || partition !== partitionOf(region)?.name);
  });
  return [
    ...alone.map(([name, other]) => `${name} needs ${other} beside it`),
    ...elsewhere.map((name) => `${name} must be in the region of the deployment, ${region}`),
  ];
}
