import { addressVariables, overridingVariables, shellLines, unset } from "../../../../formats/env.ts";
import { askFlags, type Command, UsageError } from "../command-line.ts";
import { type ContainerEndpoint, startContainerEndpoint } from "../container-endpoint.ts";
import { jsonLine } from "../output.ts";
import { createPrivateFolder } from "../private-folder.ts";
import { freshCredentials } from "../service.ts";
import { readSettings } from "../settings.ts";

/** `keyvend serve`, until a signal ends it. The token is in a file, so that no terminal shows it. */
export const serve: Command = {
  summary: "serve credentials on loopback, as a container does",
  flags: [...askFlags, "port"],
  examples: [["serve --storage lake --port 9911", "for programs that exec cannot start"]],
  async run(args, io) {
    const port = readPort(args.text("port"));
    const vend = freshCredentials(readSettings(args), io);
    const { source } = await vend();
    const endpoint = await startOn(port, vend);
    // Before the token is on disk and its place is known: a signal must not leave it there.
    const signal = firstSignal();
    const folder = createPrivateFolder();
    try {
      const variables = {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: folder.write("token", endpoint.token),
        ...addressVariables(source),
      };
      const lines = () =>
        shellLines({ ...unset([...overridingVariables, ...beforeContainer]), ...variables });
      io.out(args.has("json") ? jsonLine(variables) : lines());
      await signal;
      return 0;
    } finally {
      endpoint.close();
      folder.remove();
    }
  },
};

/** SDKs look at these before they come to a container. */
const beforeContainer = [
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"],
  ...["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"],
];

function readPort(text = "0"): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError("--port must be a number from 1 to 65535.");
}

async function startOn(port: number, vend: ReturnType<typeof freshCredentials>): Promise<ContainerEndpoint> {
  try {
    return await startContainerEndpoint(vend, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    throw new UsageError(`Port ${port} is not free. Choose another with --port.`);
  }
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}
