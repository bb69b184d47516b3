/**
 * Builds a deployment: for each function a folder with its bundle and configuration, which is the whole content of its
 * zip, and `deployment.json`, the part of the template that depends on the configuration and on the options of the
 * deployment. Output folders are relative to the project.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";
import { compileConfig } from "../functions/config.ts";
import { bundle } from "./bundle.ts";
import { parseConfig } from "./config/parse-config.ts";
import { buildDigest } from "./deploy/build-digest.ts";
import { builtFunctions, deployedFunctions, functionsOf } from "./deploy/functions.ts";
import type { Options } from "./deploy/options.ts";
import { alarmFacts } from "./deploy/template/alarms.ts";
import { optionalTemplate } from "./deploy/template/optional.ts";
import { pageFunction } from "./deploy/template/page.ts";
import { atStage, deploymentOf } from "./deployment.ts";
import { buildPage } from "./page/build.ts";

const root = resolve(import.meta.dirname, "..");

type FunctionName = (typeof builtFunctions)[number];

/**
 * Bundles every function of `functions/` into `<outDir>/<name>/<name>.mjs`, and puts the page's texts beside its function.
 *
 * @returns esbuild's account of each bundle.
 * @example const { vend } = await buildFunctions({ outDir: ".build" });
 */
export async function buildFunctions({
  outDir,
}: {
  outDir: string;
}): Promise<Record<FunctionName, Metafile>> {
  await buildPage(join(outDir, "page"));
  const built = builtFunctions.map(async (name) => [name, await buildFunction(name, outDir)] as const);
  return Object.fromEntries(await Promise.all(built)) as Record<FunctionName, Metafile>;
}

function buildFunction(name: FunctionName, outDir: string): Promise<Metafile> {
  return bundle(`functions/${name}.ts`, join(outDir, name));
}

interface ConfigBuild {
  outDir: string;
  document: unknown;
  /** Names of secrets, and what the options make, have it. */
  stage: string;
  options?: Options;
}

/**
 * Checks a configuration document and compiles it: to `vending.json` beside each bundle, where the function reads it,
 * and to `<outDir>/deployment.json` for the template. The bundles are there already.
 *
 * @throws ConfigError with every fault. In that case nothing is written.
 * @example await buildConfig({ outDir: ".build/prod", document, stage: "prod" });
 */
export async function buildConfig({ outDir, document, stage, options = {} }: ConfigBuild): Promise<void> {
  const config = atStage(parseConfig(document), stage);
  const dir = resolve(root, outDir);
  for (const name of deployedFunctions) {
    await mkdir(join(dir, name), { recursive: true });
    await writeFile(join(dir, name, "vending.json"), compileConfig(config));
  }
  const deployment = {
    ...deploymentOf(config),
    stackTags: options.tags ?? {},
    ...alarmFacts(options),
    functions: pageFunction(options),
    optional: optionalTemplate(options, functionsOf(options), stage),
  };
  const digest = buildDigest(dir, deployment);
  await writeFile(join(dir, "deployment.json"), JSON.stringify({ ...deployment, digest }, null, 2));
}
