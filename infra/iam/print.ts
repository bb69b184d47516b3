import { parseArgs } from "node:util";
import { loadVendingYaml } from "../config/vending-yaml.ts";
import type { Options } from "../deploy/options.ts";
import { readTarget, targetOptions } from "../deploy/target.ts";
import { accountOfStack, cloudFormationOf } from "./cloudformation.ts";
import { type Deployer, deployerOf } from "./deployer.ts";
import type { ExpectedIam } from "./expected.ts";
import { expectedIam } from "./expected-iam.ts";
import { IamError } from "./fault.ts";
import { onlyOne } from "./functions-account.ts";
import { storageOptions, storageSetting } from "./options.ts";
import { scriptOf } from "./script/script.ts";
import type { IamSetting } from "./setting.ts";

const usage = `npm run config:iam -- [options]
  --config FILE        the configuration; without it the clone's infra/vending.yml
  --stage STAGE        dev without it
  --region REGION      of the functions; AWS_REGION or eu-central-1 without it
  --account ACCOUNT    of the functions; that of the storages' roles without it
  --params, --param    those of npm run deploy, for the deployer's rights
  --json               one JSON object, in place of a script for sh
  --cloudformation     one CloudFormation template of what is on AWS
  --storage NAME       what this storage needs, and nothing of the deployer; may stand several times, as all below
  --user STORAGE=NAME  the user of its long-term key, by name or ARN, where there is one already
  --subject STORAGE=PATTERN
                       the subjects that STS may let in for web-identity, in place of what the grants say
  --whole STORAGE      rights on its whole prefix, so that they stay as they are when a grant with another prefix comes
  --kms-key-arn STORAGE=ARN
                       a key that encrypts its bucket, for session-token and static; other ways have the setting kmsKeyArn
  --bucket-account STORAGE=ACCOUNT
                       where its bucket is in another account than its role or user
infra/README.md says more.`;

const ownOptions = {
  ...targetOptions,
  ...storageOptions,
  account: { type: "string" },
  storage: { type: "string", multiple: true },
  json: { type: "boolean" },
  cloudformation: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * What `npm run config:iam` prints for these arguments. It calls nothing.
 *
 * @throws ConfigError and IamError with what is wrong in the configuration, Error with what is wrong in the arguments.
 * @example printIam(["--stage", "prod", "--cloudformation"])
 */
export function printIam(args: string[]): string {
  const { values } = parseArgs({ args, options: ownOptions });
  if (values.help) return `${usage}\n`;
  const { account, storage: only = [], json, cloudformation, ...given } = values;
  if (json && cloudformation) throw new Error("--json and --cloudformation are two forms: give one.");
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new Error("--account must be the 12 digits of an AWS account.");
  const target = readTarget(given);
  const { config } = loadVendingYaml(target.config);
  const unknown = only.find((name) => !config.storages.has(name));
  if (unknown !== undefined)
    throw new Error(`--storage ${JSON.stringify(unknown)} is not in the configuration.`);

  const { stage, region, options } = target;
  const setting: IamSetting = {
    ...{ stage, region },
    ...(account !== undefined && { account }),
    ...(cloudformation && { unknownAccount: accountOfStack }),
    ...storageSetting(given, config),
  };
  const isWhole = only.length === 0;
  const places = expectedIam(config, setting, isWhole ? undefined : only);
  // Single storages are no deployment.
  const deployer = isWhole ? deployerIn(places, setting, options) : undefined;
  if (json) return `${JSON.stringify({ stage, region, places, deployer }, null, 2)}\n`;
  if (!cloudformation) return scriptOf(places, { stage, deployer });
  const onAws = places.find(({ kind }) => kind === "aws") ?? nothing;
  return `${templateText(cloudFormationOf(onAws, { stage, region, deployer }))}\n`;
}

/** What CloudFormation takes of a template, unless it lies in S3. */
const mostTemplateCharacters = 51_200;

function templateText(template: object): string {
  const readable = JSON.stringify(template, null, 2);
  return readable.length <= mostTemplateCharacters ? readable : JSON.stringify(template);
}

/** The deployer is in the account of the functions. */
function deployerIn(
  places: readonly ExpectedIam[],
  { stage, region, account: given, unknownAccount }: IamSetting,
  options: Options,
): Deployer {
  const ofRoles = new Set(
    places.flatMap(({ kind, roles }) => (kind === "aws" ? roles : [])).map(({ account }) => account),
  );
  const account = given ?? (ofRoles.size === 0 ? unknownAccount : onlyOne([...ofRoles]));
  if (account === undefined)
    throw new IamError([
      {
        storages: [],
        message:
          "The deployer's rights have the account of the functions in them, which nothing says: give it (--account), or name the storages that you ask for (--storage).",
      },
    ]);
  return deployerOf({ stage, region, account, options });
}

const nothing = { roles: [], users: [], providers: [], buckets: [] };
