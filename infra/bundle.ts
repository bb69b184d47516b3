import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build, type Metafile } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/**
 * Bundles one entry and everything that it uses into minified ES modules: `<outDir>/<name>.mjs`, and beside it a chunk
 * for each dynamic import. First it removes the `.mjs` files of an earlier build, so that none of them is deployed.
 *
 * @returns esbuild's account of what each file holds and imports, with paths relative to the project.
 * @example await bundle("functions/vend.ts", ".build/vend")
 */
export async function bundle(
  entry: string,
  outDir: string,
  { alias = {} }: { alias?: Record<string, string> } = {},
): Promise<Metafile> {
  const outdir = resolve(root, outDir);
  await removeModules(outdir);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, entry)],
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    outExtension: { ".js": ".mjs" },
    alias,
    // Tree shaking works on a package's ES modules, and not on its CommonJS `main`, which doubles the size of the SDK.
    mainFields: ["module", "main"],
    // The zip goes to the operator's own account only. Every notice stays in node_modules.
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
}

/** Removes only files that a build writes, and never a folder: a mistaken `outDir` must not delete anything else. */
async function removeModules(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const modules = (await readdir(folder)).filter((file) => file.endsWith(".mjs"));
  await Promise.all(modules.map((file) => rm(join(folder, file))));
}
