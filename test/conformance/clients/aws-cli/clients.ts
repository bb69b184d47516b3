import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Client, type ClientPlace, type Working, withoutNewChecksums } from "../client.ts";
import { runCommand } from "../command.ts";
import { debianCommand } from "../debian.ts";
import { botocoreSettings } from "../python/clients.ts";
import { sharedEnvironment } from "../python/python.ts";

export const awsCli: Client = {
  ...botocoreSettings,
  name: "aws-cli",
  title: "AWS CLI",
  source: "PyPI",
  version: "1.46.3",
  start: async (place, env) => working([join(await sharedEnvironment(), "aws")], place, env),
};

export const awsCliDebian: Client = {
  name: "aws-cli-debian",
  title: "AWS CLI v2, Debian 12",
  source: "Debian package awscli",
  version: "2.9.19",
  environment: {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "{url}",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "{token}",
    AWS_REGION: "{region}",
  },
  settings: ["--endpoint-url {endpoint}"],
  refreshes: 900,
  limits: [
    "Takes the credentials from loopback only: put `keyvend serve` before it.",
    "Knows neither AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE nor AWS_ENDPOINT_URL_S3.",
  ],
  start: async (place, env) =>
    working([await debianCommand("aws", "awscli"), "--endpoint-url", place.endpoint], place, env),
};

/** Our own CLI supplies any command with credentials: here the AWS CLI, without settings of its own. */
export const keyvendExec: Client = {
  name: "keyvend-exec",
  title: "any of them under `keyvend exec`: here the AWS CLI",
  source: "this package",
  version: "1.46.3",
  environment: {
    KEYVEND_URL: "{service}",
    KEYVEND_STORAGE: "{storage}",
    KEYVEND_TARGET: "{target}",
    KEYVEND_TOKEN_FILE: "{tokenFile}",
  },
  settings: ["keyvend exec -- aws s3 ls s3://lake/t1/"],
  forOlderStores: withoutNewChecksums,
  refreshes: "20 to 16 minutes before the end, in the background",
  async start(place, env) {
    const keyvend = [process.execPath, keyvendMain, "exec", "--"] as const;
    const aws = join(await sharedEnvironment(), "aws");
    return {
      ...working([...keyvend, aws], place, env),
      // One script runs the commands one after the other, so that `exec` refreshes its session between them.
      async uploadSlowly(folder, prefix) {
        const script = `for file in *; do "${aws}" s3 cp --only-show-errors "$file" s3://${place.bucket}/${prefix} || exit; done`;
        await runCommand([...keyvend, "sh", "-ec", `cd "${folder}"; ${script}`], env);
      },
    };
  },
};

const keyvendMain = resolve(import.meta.dirname, "../../../../shared/client/src/cli/keyvend.ts");

const slowSettings = "s3 =\n  max_concurrent_requests = 1\n  max_bandwidth = 128KB/s\n";

/** Each operation is a command. The CLI's own limit of its bandwidth makes the slow upload slow. */
function working(
  command: readonly [string, ...string[]],
  { bucket, home }: ClientPlace,
  env: Record<string, string>,
): Working {
  const at = (key: string) => `s3://${bucket}/${key}`;
  const aws = (args: string[], input?: string, more: Record<string, string> = {}) =>
    runCommand([...command, ...args], { ...env, ...more }, input);
  return {
    put: async (key, body) => void (await aws(["s3", "cp", "-", at(key)], body)),
    get: (key) => aws(["s3", "cp", at(key), "-"]),
    async list(prefix) {
      const printed = await aws(["s3", "ls", at(prefix)]);
      // Each line has date, time, size and name.
      const names = printed.trimEnd().split("\n");
      return names.map((line) => prefix + line.trim().split(/\s+/).slice(3).join(" "));
    },
    version: async () => (await aws(["--version"])).match(/aws-cli\/(\S+)/)?.[1] ?? "",
    async uploadSlowly(folder, prefix) {
      const config = join(home, "slow-config");
      const { AWS_CONFIG_FILE: own, AWS_PROFILE: profile } = env;
      const section = profile === undefined ? "[default]\n" : `[profile ${profile}]\n`;
      const content = own === undefined ? section : readFileSync(own, "utf8");
      writeFileSync(config, content.replace(section, `${section}${slowSettings}`));
      await aws(["s3", "cp", "--recursive", "--only-show-errors", folder, at(prefix)], "", {
        AWS_CONFIG_FILE: config,
      });
    },
    close: async () => undefined,
  };
}
