import { type Client, type ClientPlace, containerCredentials, type Working } from "../client.ts";
import { runCommand } from "../command.ts";
import { debianCommand } from "../debian.ts";

export const rclone: Client = {
  name: "rclone",
  title: "rclone, Debian 12",
  source: "Debian package rclone",
  version: "v1.60.1-DEV",
  environment: {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: containerCredentials.AWS_CONTAINER_CREDENTIALS_FULL_URI,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "{token}",
    RCLONE_CONFIG_KEYVEND_TYPE: "s3",
    RCLONE_CONFIG_KEYVEND_PROVIDER: "Other",
    RCLONE_CONFIG_KEYVEND_ENV_AUTH: "true",
    RCLONE_CONFIG_KEYVEND_ENDPOINT: "{endpoint}",
    RCLONE_CONFIG_KEYVEND_REGION: "{region}",
    RCLONE_S3_NO_CHECK_BUCKET: "true",
  },
  refreshes: 300,
  sendsAcl: true,
  limits: [
    "Takes the credentials from loopback only (AWS SDK for Go v1): put `keyvend serve` before it.",
    "Does not know AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
    "Sends an ACL with every object: on AWS it lists and reads but is refused its writes; stores that do not ask about " +
      "ACLs (Ceph) let it write.",
  ],
  start: async (place, env) => working(await debianCommand("rclone", "rclone"), place, env),
};

/** Each operation is a command. rclone's own limit of requests per second makes the slow upload slow. */
function working(command: string, { bucket }: ClientPlace, env: Record<string, string>): Working {
  const at = (key: string) => `keyvend:${bucket}/${key}`;
  const run = (args: string[], input?: string) =>
    runCommand([command, "--retries", "1", ...args], env, input);
  return {
    put: async (key, body) => void (await run(["rcat", at(key)], body)),
    get: (key) => run(["cat", at(key)]),
    async list(prefix) {
      const printed = await run(["lsf", "--files-only", at(prefix)]);
      return printed
        .trimEnd()
        .split("\n")
        .map((name) => prefix + name);
    },
    version: async () => (await run(["version"])).match(/^rclone (\S+)/)?.[1] ?? "",
    async uploadSlowly(folder, prefix) {
      await run(["copy", "--transfers", "1", "--checkers", "1", "--tpslimit", "4", folder, at(prefix)]);
    },
    close: async () => undefined,
  };
}
