import type { RunCommand } from "../command.ts";
import { startContainerEndpoint } from "../container-endpoint.ts";
import { freshCredentials } from "../fresh-credentials.ts";
import { privateFolder } from "../private-folder.ts";
import { settingsOf } from "../settings.ts";
import { UsageError } from "../usage-error.ts";
import { addressVariables } from "../variables.ts";

/** `keyvend serve`, until it is ended. The token is in a file, so that no terminal shows it. */
export const run: RunCommand = async (given, world) => {
  const port = given.text("port") ?? "0";
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new UsageError("--port must be a number from 1 to 65535.");
  const vended = freshCredentials(settingsOf(given), world);
  const first = await vended();
  const endpoint = await startContainerEndpoint(vended, Number(port)).catch((error) => {
    if (error.code !== "EADDRINUSE" && error.code !== "EACCES") throw error;
    throw new UsageError(`Port ${port} is not free. Choose another with --port.`);
  });
  const folder = privateFolder();
  try {
    const variables = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: folder.write("token", endpoint.token),
      ...addressVariables(first),
    };
    const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
    world.out(given.has("json") ? `${JSON.stringify(variables)}\n` : lines.join(""));
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    });
    return 0;
  } finally {
    endpoint.close();
    folder.remove();
  }
};
