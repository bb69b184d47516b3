import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { lazyBuiltins } from "./lazy-builtins.ts";

const root = resolve(import.meta.dirname, "..");

/**
 * Bundles one entry and everything that it uses into minified ES modules: `<outDir>/<name>.mjs`, one chunk with all that it
 * imports, and a chunk for each dynamic import. First it removes the `.mjs` files of an earlier build, so that none of them is
 * deployed.
 *
 * @param changes plugins of esbuild that change what is bundled
 * @returns esbuild's account of what each file holds and imports, with paths relative to the project.
 * @example await bundle("functions/vend.ts", ".build/vend")
 */
export async function bundle(entry: string, outDir: string, changes: Plugin[] = []): Promise<Metafile> {
  const outdir = resolve(root, outDir);
  await removeModules(outdir);
  const options = {
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
    // Tree shaking works on a package's ES modules, and not on its CommonJS `main`, which doubles the size of the SDK.
    mainFields: ["module", "main"],
    // The zip goes to the operator's own account only. Every notice stays in node_modules.
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  } satisfies BuildOptions;
  const plugins = [...changes, lazyBuiltins];
  const { inputs } = (await build({ ...options, plugins, write: false })).metafile;
  const { metafile } = await build({ ...options, plugins: [inOneChunk(entry, inputs), ...plugins] });
  return metafile;
}

/** Removes only files that a build writes, and never a folder: a mistaken `outDir` must not delete anything else. */
async function removeModules(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const modules = (await readdir(folder)).filter((file) => file.endsWith(".mjs"));
  await Promise.all(modules.map((file) => rm(join(folder, file))));
}

/**
 * Puts all that an entry imports into one chunk. esbuild makes a chunk for each set of dynamic imports that share a module,
 * which were fifteen files, and each file costs a cold start half a millisecond. So every dynamic import gets to need all of them:
 * then they are one set. They are loaded by then anyway.
 *
 * @param inputs of an earlier build
 */
function inOneChunk(entry: string, inputs: Metafile["inputs"]): Plugin {
  const isOurs = (path: string) => path in inputs && !path.includes("node_modules/") && !path.includes(":");
  const importsOf = (path: string, kind: string) =>
    (inputs[path]?.imports ?? [])
      .filter((one) => one.kind === kind && isOurs(one.path))
      .map((one) => one.path);
  const needed = new Set([entry]);
  // The set grows while it is walked.
  for (const path of needed) for (const one of importsOf(path, "import-statement")) needed.add(one);
  const later = new Set(Object.keys(inputs).flatMap((path) => importsOf(path, "dynamic-import")));

  return {
    name: "in-one-chunk",
    setup(building) {
      const all = { path: "all", namespace: "needed" };
      building.onResolve({ filter: /^needed:all$/ }, () => all);
      building.onLoad({ filter: /^all$/, namespace: all.namespace }, () => ({
        contents: Array.from(needed, (path) => (path === entry ? "" : `import "./${path}";`)).join("\n"),
        resolveDir: root,
      }));
      building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const module = relative(root, path);
        if (!later.has(module) || needed.has(module)) return undefined;
        return { contents: `import "needed:all";\n${await readFile(path, "utf8")}`, loader: "ts" };
      });
    },
  };
}
