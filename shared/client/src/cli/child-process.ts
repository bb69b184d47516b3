import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { StorageAddress } from "../../../contract.ts";
import { addressVariables } from "../../../formats/env.ts";
import type { Environment } from "../identity-sources/environment.ts";
import type { ContainerEndpoint } from "./container-endpoint.ts";
import { printable } from "./output.ts";

/** Each of these variables makes SDKs find other credentials or another address first, by itself or by the file it names. */
const overridingVariables = [
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"],
  ...["AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIAL_FILE"],
  ...["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"],
  ...["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
  ...["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
];

/**
 * The environment of a command of `exec`: the caller's own, without anything that makes an SDK use other credentials
 * than the vended ones. The user's own AWS files are such: a profile `default` with a key comes before a container's.
 *
 * @param configFile where the text of `awsConfigFile` is
 */
export function childEnvironment(
  env: Environment,
  address: StorageAddress,
  { url, token }: Pick<ContainerEndpoint, "url" | "token">,
  configFile: string,
): Record<string, string | undefined> {
  const own = Object.entries(env).filter(([name]) => !overridingVariables.includes(name.toUpperCase()));
  return {
    ...Object.fromEntries(own),
    ...addressVariables(address),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    AWS_CONFIG_FILE: configFile,
    AWS_SHARED_CREDENTIALS_FILE: `${configFile}.none`,
  };
}

/** The command's AWS configuration: no variable says path style. */
export const awsConfigFile = ({ PathStyleAccess }: StorageAddress): string =>
  `[default]\ns3 =\n  addressing_style = ${PathStyleAccess ? "path" : "auto"}\n`;

const forwardedSignals = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT"] as const;
/** A terminal sends these to the command as well: forwarded, they would arrive twice. */
const terminalSignals: readonly string[] = ["SIGINT", "SIGQUIT"];

/**
 * Runs a command to its end, with this process's input and output, and forwards signals to it.
 *
 * @returns its status as shells have it: 127 for not found, 126 for not to be run, 128 and the number of the signal
 *   that ended it
 */
export function runCommand(
  [command = "", ...args]: readonly string[],
  env: Environment,
  err: (text: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: "inherit" });
    const handlers = forwardedSignals.map((signal) => {
      const handler = () => {
        if (!(terminalSignals.includes(signal) && process.stdin.isTTY)) child.kill(signal);
      };
      process.on(signal, handler);
      return () => process.off(signal, handler);
    });
    const end = (status: number) => {
      for (const remove of handlers) remove();
      resolve(status);
    };
    child.once("error", ({ code }: NodeJS.ErrnoException) => {
      err(`keyvend: ${printable(command)} cannot be run (${code}).\n`);
      end(code === "ENOENT" ? 127 : 126);
    });
    child.once("exit", (status, signal) => end(status ?? 128 + constants.signals[signal ?? "SIGTERM"]));
  });
}
