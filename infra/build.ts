/**
 * Builds a deployment. `npm run build` makes `.build/<function>/` with the function's bundle and configuration, which
 * is the whole content of its zip, and `.build/deployment.json`, the part of the template that depends on the
 * configuration. Output folders are relative to the project.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";
import { compileConfig } from "../functions/config.ts";
import { bundle } from "./bundle.ts";
import { ConfigError } from "./config/faults.ts";
import { parseConfig } from "./config/parse-config.ts";
import { loadVendingYaml } from "./config/vending-yaml.ts";
import { deploymentOf } from "./deployment.ts";

const root = resolve(import.meta.dirname, "..");
const functions = ["vend", "warm", "rotate"] as const;

type FunctionName = (typeof functions)[number];

/**
 * Bundles every function of `functions/` into `<outDir>/<name>/<name>.mjs`.
 *
 * @returns esbuild's account of each bundle.
 * @example const { vend } = await buildFunctions({ outDir: ".build" });
 */
export async function buildFunctions({
  outDir,
}: {
  outDir: string;
}): Promise<Record<FunctionName, Metafile>> {
  const built = functions.map(async (name) => [name, await buildFunction(name, outDir)] as const);
  return Object.fromEntries(await Promise.all(built)) as Record<FunctionName, Metafile>;
}

function buildFunction(name: FunctionName, outDir: string): Promise<Metafile> {
  return bundle(`functions/${name}.ts`, join(outDir, name));
}

/**
 * Checks a configuration document and compiles it: to `vending.json` beside each bundle, where the function reads it,
 * and to `<outDir>/deployment.json` for the template.
 *
 * @throws ConfigError with every fault. In that case nothing is written.
 * @example await buildConfig({ outDir: ".build", document: loadVendingYaml("infra/vending.yml").document });
 */
export async function buildConfig({
  outDir,
  document,
}: {
  outDir: string;
  document: unknown;
}): Promise<void> {
  const config = parseConfig(document);
  const dir = resolve(root, outDir);
  for (const name of functions) {
    await mkdir(join(dir, name), { recursive: true });
    await writeFile(join(dir, name, "vending.json"), compileConfig(config));
  }
  await writeFile(join(dir, "deployment.json"), JSON.stringify(deploymentOf(config), null, 2));
}

if (import.meta.main) {
  try {
    const { document } = loadVendingYaml(join(root, "infra/vending.yml"));
    await buildFunctions({ outDir: ".build" });
    await buildConfig({ outDir: ".build", document });
  } catch (error) {
    // The author of a configuration reads its faults. Any other error is a defect and keeps its stack.
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
