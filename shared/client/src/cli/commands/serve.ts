import { resolve } from "node:path";
import { addressVariables, overridingVariables, shellLines, unset } from "../../../../formats/env.ts";
import type { Environment } from "../../identity-sources/environment.ts";
import { askFlags, type Command, UsageError } from "../command-line.ts";
import { beforeContainer, type ContainerEndpoint, startContainerEndpoint } from "../container-endpoint.ts";
import { isAskedBySdks, readAddress } from "../endpoint-address.ts";
import { jsonLine } from "../output.ts";
import { createPrivateFolder } from "../private-folder.ts";
import { freshCredentials } from "../service.ts";
import { readSettings } from "../settings.ts";
import { writeTokenFile } from "../token-file.ts";

/** `keyvend serve`, until a signal ends it. The token is in a file, so that no terminal shows it. */
export const serve: Command = {
  summary: "serve credentials on loopback, as a container does",
  flags: [...askFlags, "port", "address", "token-out"],
  notes: `It writes the variables by which a program finds the credentials, and serves until a signal ends it. A request must have
a token, which is in a file that only your user can read.

Containers of this machine need an address of their network, and a token file that you can mount. AWS's SDKs ask by
plain HTTP at loopback, 169.254.170.2 and 169.254.170.23 only, so give the network one of these. The token is new at
each start. A token file that is there already keeps its owner and its mode.`,
  examples: [
    ["serve --storage lake --port 9911", "for programs that exec cannot start"],
    ["serve --address 169.254.170.2 --token-out /run/keyvend/token", "for containers of this machine"],
  ],
  async run(args, io) {
    const place = { address: readAddress(args.text("address")), port: readPort(args.text("port"), io.env) };
    const vend = freshCredentials(readSettings(args), io);
    const { source } = await vend();
    const endpoint = await startOn(place, vend);
    // Before the token is on disk and its place is known: a signal must not leave it there.
    const signal = firstSignal();
    const tokenFile = endpointTokenFile(args.text("token-out"), endpoint);
    try {
      if (!isAskedBySdks(place.address))
        io.err("keyvend: AWS's SDKs ask by HTTP at loopback, 169.254.170.2 and 169.254.170.23 only.\n");
      const variables = {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile.path,
        ...addressVariables(source),
      };
      const lines = () =>
        shellLines({ ...unset([...overridingVariables, ...beforeContainer]), ...variables });
      io.out(args.has("json") ? jsonLine(variables) : lines());
      await signal;
      return 0;
    } finally {
      endpoint.close();
      tokenFile.remove();
    }
  },
};

function endpointTokenFile(chosen: string | undefined, endpoint: ContainerEndpoint) {
  try {
    if (chosen !== undefined) {
      const path = resolve(chosen);
      return { path, remove: writeTokenFile(path, endpoint.token) };
    }
    const folder = createPrivateFolder();
    // TMPDIR may be relative, and other programs are elsewhere.
    return { path: resolve(folder.write("token", endpoint.token)), remove: folder.remove };
  } catch (error) {
    endpoint.close();
    throw error;
  }
}

function readPort(text = "0", env: Environment): number {
  // In each pod Kubernetes sets this for a Service that is called keyvend.
  if (text === env["KEYVEND_PORT"] && /^(tcp|udp|sctp):\/\//.test(text)) return 0;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError("must be a number from 1 to 65535.", "port");
}

async function startOn(
  place: { address: string; port: number },
  vend: ReturnType<typeof freshCredentials>,
): Promise<ContainerEndpoint> {
  try {
    return await startContainerEndpoint(vend, place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRNOTAVAIL")
      throw new UsageError(`No network of this machine has the address ${place.address}.`);
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    throw new UsageError(`Port ${place.port} is not free. Choose another with --port.`);
  }
}

function firstSignal(): Promise<void> {
  return new Promise((end) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => end());
  });
}
