/**
 * Builds what is deployed: `npm run build` makes `.build/<function>/` (bundle and configuration, the zip's whole
 * content) and `.build/deployment.json` (what the template needs to know of the configuration). Output folders are
 * relative to the project.
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
const functions = ["vend", "warm"] as const;

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
  const built = (name: FunctionName) => bundle(`functions/${name}.ts`, join(outDir, name));
  const [vend, warm] = await Promise.all([built("vend"), built("warm")]);
  return { vend, warm };
}

/**
 * Checks a configuration document and writes what is made of it: `vending.json` beside each bundle, where the function
 * reads it, and `<outDir>/deployment.json` for the template.
 *
 * @throws ConfigError with every fault; nothing is written then.
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
    // The faults of a configuration are its author's to read; anything else is a defect and keeps its stack.
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
