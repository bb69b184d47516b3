/** The server's command: `node serve.mjs --config vending.yml --secrets ./secrets`. The build makes one file of it, with chunks. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readPageFiles } from "../../functions/page/files.ts";
import { serve } from "../../functions/serve.ts";
import { configSource } from "./config-source.ts";
import { revocationsPath } from "./revocations-path.ts";

const usage = `Usage: node serve.mjs --config FILE [--secrets FOLDER] [--check]

It answers as keyvend, by the configuration in FILE, until it is told to stop (SIGTERM or SIGINT).
SIGHUP lets it look at its files at once, which it else does every five seconds.

  --config FILE     vending.yml. Its section server says where to listen, and how. If FILE's name ends in .yml,
                    the cases in the file beside it whose name ends in .test.yml are checked, too.
  --secrets FOLDER  The folder with the secrets as files, each named as the configuration names it:
                    a file for each storage's secret, client-keys if there are client keys, and sealing-key
                    if the table is DynamoDB's. Without it, secrets are read from Secrets Manager.
  --check           Checks the configuration, says its faults and ends.
  --help            Says this.

Region, endpoints and credentials of AWS come from where every AWS SDK has them, such as AWS_REGION.`;

/** The arguments are wrong, and not the files. */
class WrongUsage extends Error {}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: "string" },
        secrets: { type: "string" },
        check: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (error) {
    throw new WrongUsage((error as Error).message);
  }
}

async function run(): Promise<void> {
  const { config, secrets, check, help } = readArguments();
  if (help) return void process.stdout.write(`${usage}\n`);
  if (config === undefined) throw new WrongUsage("--config is required: the path of vending.yml.");
  if (secrets !== undefined && !statSync(secrets, { throwIfNoEntry: false })?.isDirectory())
    throw new WrongUsage("--secrets must be the path of a folder.");
  const source = configSource(config, { isInSecretsManager: secrets === undefined });
  const { settings } = await source.load();
  if (secrets === undefined && settings.stage === undefined)
    throw new WrongUsage(
      "Say where the secrets are: by --secrets FOLDER, or by server.stage in the configuration, for Secrets Manager.",
    );
  if (check) return void process.stdout.write(`${config}: no faults\n`);
  const server = await serve({
    source,
    secretsFolder: secrets,
    revocationsFile: revocationsPath(config),
    pageFiles: readPageFiles(join(import.meta.dirname, "page")),
    write: (line) => process.stdout.write(line),
  });
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    server.stop().then(() => process.exit(0));
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  process.on("SIGHUP", () => void server.look());
}

run().catch((error) => {
  const isUsage = error instanceof WrongUsage;
  process.stderr.write(isUsage ? `${error.message}\n\n${usage}\n` : `${(error as Error).message}\n`);
  process.exit(isUsage ? 2 : 1);
});
