import { join, resolve } from "node:path";
import type { Metafile, Plugin } from "esbuild";
import { bundle } from "../bundle.ts";
import { buildPage } from "../page/build.ts";

/** The package gives Node its CommonJS, which requires what an ES module cannot require. */
const yamlAsModules: Plugin = {
  name: "yaml-as-modules",
  setup(build) {
    const path = resolve(import.meta.dirname, "../../node_modules/yaml/browser/index.js");
    build.onResolve({ filter: /^yaml$/ }, () => ({ path }));
  },
};

/**
 * Bundles the server into `<outDir>/serve/`: `serve.mjs`, chunks beside it, and the page in a folder. It needs Node.js and nothing else.
 *
 * @returns esbuild's account of what each file holds and imports
 * @example await buildServer({ outDir: ".build" })
 */
export async function buildServer({ outDir }: { outDir: string }): Promise<Metafile> {
  await buildPage(join(outDir, "serve/page"));
  return bundle("infra/server/serve.ts", join(outDir, "serve"), [yamlAsModules]);
}

if (import.meta.main) await buildServer({ outDir: ".build" });
