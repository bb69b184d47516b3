import { parseArgs } from "node:util";
import { awsCredentials } from "../../shared/client/src/cli/aws-chain.ts";
import { identityFlags, readArguments, UsageError } from "../../shared/client/src/cli/command-line.ts";
import { readServiceSettings } from "../../shared/client/src/cli/settings.ts";
import type { Environment } from "../../shared/client/src/identity-sources/environment.ts";
import { routeUrl } from "../../shared/client/src/options.ts";
import { checkRegion, checkStage, usualRegion } from "../deploy/names.ts";
import { userPath } from "../deploy/user-path.ts";
import { basePort, localPorts } from "../local/ports.ts";
import { openAccount } from "./account/account.ts";
import { readConfiguration } from "./configuration-file.ts";
import type { Finding } from "./finding.ts";
import { localSetting } from "./local-setting.ts";
import type { DoctorSetting } from "./setting.ts";

export const usage = `Usage: npm run doctor -- --url URL [options]
       npm run doctor -- --local [--port PORT]

Checks an instance from outside, by an identity that it has there, and the AWS account behind it.

  --url URL             base address of the instance; or KEYVEND_URL
  --identity SOURCE     where the doctor's identity comes from: token (KEYVEND_TOKEN or a file; the default),
                        github-actions, kubernetes, aws, aws-iam
  --token-file PATH     a file with the identity token
  --audience NAME       audience of tokens from github-actions and aws; default keyvend
  --config FILE         the configuration that the instance should have
  --outside S3_URL      an object that exists, and that no credentials of the doctor may read; may be repeated
  --stage STAGE         look at the account, too, with the AWS credentials of an operator
  --region REGION       where the stage is; default AWS_REGION or ${usualRegion}
  --key-days DAYS       from this age on a long-term key is old; default 90
  --metric              count the run in CloudWatch: Probes and ProbeFailed in the namespace keyvend
  --json                write JSON
  --local               look at a running npm start
  --help                show this text

Exit status: 0 if all is well, 1 for findings, 2 for a mistake in the call. What could not be checked is no finding.`;

/** What the command was told. */
interface DoctorCall {
  setting: DoctorSetting;
  /** What was found of the configuration before anything was asked. */
  findings: Finding[];
  asJson: boolean;
  asMetric: boolean;
}

const options = {
  url: { type: "string" },
  identity: { type: "string" },
  "token-file": { type: "string" },
  audience: { type: "string" },
  config: { type: "string" },
  outside: { type: "string", multiple: true },
  stage: { type: "string", short: "s" },
  region: { type: "string", short: "r" },
  "key-days": { type: "string" },
  metric: { type: "boolean" },
  json: { type: "boolean" },
  local: { type: "boolean" },
  port: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/**
 * Reads the command line.
 *
 * @returns `undefined` where help was asked for
 * @throws Error that says what is wrong with it
 * @example await readCall(["--local"], process.env)
 */
export async function readCall(args: string[], env: Environment): Promise<DoctorCall | undefined> {
  const { values } = parseArgs({ args, options });
  if (values.help) return undefined;
  const { json: asJson = false, metric: asMetric = false } = values;
  const given = { keyDays: keyDaysIn(values), outside: (values.outside ?? []).map(objectIn) };
  if (values.local) {
    refuseBeside(values);
    const setting = await localSetting(localPorts(basePort(values.port, env)));
    return { setting: { ...setting, ...given }, findings: [], asJson, asMetric };
  }
  if (values.port !== undefined) throw new UsageError("--port is for --local.");
  if (asMetric && values.stage === undefined)
    throw new UsageError("--metric needs --stage, by which it is counted.");
  const { findings, config } =
    values.config === undefined
      ? { findings: [], config: undefined }
      : readConfiguration(userPath(values.config));
  const setting: DoctorSetting = {
    ...given,
    service: serviceIn(values, env),
    env,
    ...(config !== undefined && { config }),
    account: accountIn(values, env),
  };
  return { setting, findings, asJson, asMetric };
}

/** What the emulation is, it says itself. */
function refuseBeside(values: Values): void {
  const allowed = ["local", "port", "json", "outside", "key-days"];
  const other = Object.keys(values).find((name) => !allowed.includes(name));
  if (other !== undefined) throw new UsageError(`--${other} has no meaning beside --local.`);
}

function serviceIn(values: Values, env: Environment): DoctorSetting["service"] {
  const words = identityFlags.flatMap((name) => {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    return typeof value === "string" ? [`--${name}=${value}`] : [];
  });
  const service = readServiceSettings(readArguments(words, { flags: identityFlags }, env));
  // Whether a token may be sent there.
  routeUrl(service.url, "v1/storages", {});
  const { tokenFile } = service.identity;
  return {
    ...service,
    identity: { ...service.identity, tokenFile: tokenFile === undefined ? undefined : userPath(tokenFile) },
  };
}

function accountIn({ stage, region }: Values, env: Environment): DoctorSetting["account"] {
  if (stage === undefined) return { missing: "no stage was given, so that the account is not looked at" };
  return openAccount({
    stage: checkStage(stage),
    region: checkRegion(region ?? env["AWS_REGION"] ?? usualRegion),
    async credentials() {
      const { accessKeyId, secretAccessKey, sessionToken } = await awsCredentials(env);
      return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
    },
  });
}

function keyDaysIn({ "key-days": text = "90" }: Values): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError("--key-days must be whole days, such as 90.");
}

function objectIn(text: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3:\/\/([a-z0-9.-]{3,63})\/(.+)$/su.exec(text) ?? [];
  if (bucket === undefined || key === undefined)
    throw new UsageError("--outside must name an object: s3://bucket/key.");
  return { bucket, key };
}
