import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";
import { bundle } from "../bundle.ts";

/** The package gives Node its CommonJS, which requires what an ES module cannot require. */
const yamlModules = resolve(import.meta.dirname, "../../node_modules/yaml/browser/index.js");

/**
 * Bundles the server into `<outDir>/serve/`: `serve.mjs`, and chunks beside it. It needs Node.js and nothing else.
 *
 * @returns esbuild's account of what each file holds and imports
 * @example await buildServer({ outDir: ".build" })
 */
export function buildServer({ outDir }: { outDir: string }): Promise<Metafile> {
  return bundle("infra/server/serve.ts", join(outDir, "serve"), { alias: { yaml: yamlModules } });
}

if (import.meta.main) await buildServer({ outDir: ".build" });
