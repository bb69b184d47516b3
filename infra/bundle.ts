import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build, type Metafile } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/**
 * Bundles one entry with all that it uses, as minified ES modules: `<outDir>/<name>.mjs`, beside it a chunk for
 * whatever is imported dynamically. The `.mjs` files of an earlier build are removed first, so that none is deployed.
 *
 * @returns esbuild's account of what each file holds and imports, with paths relative to the project.
 * @example await bundle("functions/vend.ts", ".build/vend")
 */
export async function bundle(entry: string, outDir: string): Promise<Metafile> {
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
    // Packages' ES modules can be shaken, their CommonJS `main` can not: on the SDK that is twice the size.
    mainFields: ["module", "main"],
    // The zip goes to the operator's own account only; every notice stays in node_modules.
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
}

/** Only what a build writes, and never a folder: a mistaken `outDir` must not cost its owner anything else. */
async function removeModules(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const modules = (await readdir(folder)).filter((file) => file.endsWith(".mjs"));
  await Promise.all(modules.map((file) => rm(join(folder, file))));
}
