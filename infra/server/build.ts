import { join, resolve } from "node:path";
import type { Metafile, Plugin } from "esbuild";
import { bundle } from "../bundle.ts";

/** The package gives Node its CommonJS, which requires what an ES module cannot require. */
const yamlAsModules: Plugin = {
  name: "yaml-as-modules",
  setup(build) {
    const path = resolve(import.meta.dirname, "../../node_modules/yaml/browser/index.js");
    build.onResolve({ filter: /^yaml$/ }, () => ({ path }));
  },
};

/**
 * Bundles the server into `<outDir>/serve/`: `serve.mjs`, and chunks beside it. It needs Node.js and nothing else.
 *
 * @returns esbuild's account of what each file holds and imports
 * @example await buildServer({ outDir: ".build" })
 */
export function buildServer({ outDir }: { outDir: string }): Promise<Metafile> {
  return bundle("infra/server/serve.ts", join(outDir, "serve"), [yamlAsModules]);
}

if (import.meta.main) await buildServer({ outDir: ".build" });
