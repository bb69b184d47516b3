import { existsSync } from "node:fs";
import { join } from "node:path";
import { madeOnce, runTool } from "../clients/toolchain.ts";

const version = "4.0.2";
/** Where distributions of Node.js put the headers for native modules. Without them node-gyp asks nodejs.org. */
const withHeaders = ["/usr", "/usr/local"].find((folder) =>
  existsSync(join(folder, "include/node/node_api.h")),
);
const install =
  "Run as root (Debian): apt-get update && apt-get install -y --no-install-recommends cmake g++ make python3 xz-utils";

/**
 * Makes sure that Amazon's runtime interface client is installed: the program that loads a function and feeds it on Lambda. Its
 * native part is built once, which takes a processor a minute. Throws if it cannot, and names the command to run.
 *
 * @returns the client's file
 */
export async function ensureRuntimeClient(): Promise<string> {
  const folder = await madeOnce(
    "aws-lambda-ric",
    [],
    (prefix) =>
      runTool(
        ["npm", "install", "--prefix", prefix, "--no-audit", "--no-fund", `aws-lambda-ric@${version}`],
        { install, ...(withHeaders && { env: { npm_config_nodedir: withHeaders } }) },
      ),
    version,
  );
  return join(folder, "node_modules/aws-lambda-ric/index.mjs");
}
