/**
 * `npm run build`, `package`, `deploy` and `remove`: checks the configuration with its cases, builds from what was checked, and lets
 * Serverless do the rest. `build` makes the server's bundle, too: it has no configuration in it.
 */
import { join, resolve } from "node:path";
import { buildConfig, buildFunctions } from "../build.ts";
import { checkFile } from "../config/check.ts";
import { buildServer } from "../server/build.ts";
import { checkPackage } from "./build-digest.ts";
import { parseCommandLine } from "./command-line.ts";
import { optionNames } from "./options.ts";
import { runServerless } from "./serverless.ts";
import { readTarget } from "./target.ts";
import { userPath } from "./user-path.ts";

const root = resolve(import.meta.dirname, "../..");

const usage = `npm run build | package | deploy | remove -- [options]
  --config FILE       the configuration; without it the clone's infra/vending.yml
  --cases FILE        its cases; without it vending.test.yml beside vending.yml, if there is one
  --params FILE       the deployment's parameters; without it vending.params.yml beside vending.yml, if there is one
  --param NAME=VALUE  one parameter, which wins over the file: ${optionNames.join(", ")}
  --stage STAGE       dev without it
  --region REGION     AWS_REGION or eu-central-1 without it
All but build take the options of Serverless as well. Paths are relative to where you are. infra/README.md explains the parameters.`;

/** @returns the exit status */
async function run(command: string, args: string[]): Promise<number> {
  const line = parseCommandLine(command, args);
  if (line.help) {
    console.log(usage);
    return 0;
  }
  const { config, stage, region, options } = readTarget(line);
  if (stage === "local") throw new Error("The stage local is the emulation's: npm start. Give another one.");

  const cases = line.cases === undefined ? undefined : userPath(line.cases);
  const { ok, lines, document } = checkFile(config, cases);
  console.log(lines.join("\n"));
  if (!ok) return 1;

  const outDir = join(".build", stage);
  await buildFunctions({ outDir });
  await buildConfig({ outDir, document, stage, options });
  if (command === "build") {
    await buildServer({ outDir: ".build" });
    return 0;
  }
  const place = ["--stage", stage, "--region", region];
  const folder = line.package === undefined ? undefined : userPath(line.package);
  if (command === "deploy" && folder !== undefined) checkPackage(folder, resolve(root, outDir), region);
  const packaged = folder === undefined ? [] : ["--package", folder];
  return runServerless([command, ...line.others, ...place, ...packaged]);
}

const [command = "", ...args] = process.argv.slice(2);
try {
  process.exitCode = await run(command, args);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
