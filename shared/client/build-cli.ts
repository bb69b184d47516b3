/** Builds the command: `npm run build:cli` makes `dist/cli`. */
import { copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

const folder = import.meta.dirname;

/**
 * Three files: `keyvend.cjs` is what runs first, and answers from the cache; `run.cjs` is all the rest, but for what only
 * a proxy or another authority needs, `fetch-through.cjs`. Node compiles a file whole before it runs it, and each is many
 * times as long as the one before.
 */
const files = ["keyvend", "run", "network/fetch-through"];

/** The packages whose code is in these files, each by a file beside its licence, which goes where its code goes. */
const included = { undici: "undici/package.json", "noble-hashes": "@noble/hashes/sha2.js" };
const { resolve } = createRequire(import.meta.url);

const restApart: Plugin = {
  name: "rest-apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(run|fetch-through)\.ts$/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: path.replace(/ts$/, "cjs"), external: true } : undefined,
    );
  },
};

/**
 * Bundles the command into a folder.
 *
 * @returns the file to run
 */
export async function buildCli(outdir: string): Promise<string> {
  await build({
    entryPoints: files.map((name) => ({
      in: join(folder, `src/cli/${name}.ts`),
      out: basename(name),
    })),
    bundle: true,
    // Installed beside the command, or not at all.
    external: ["@aws-sdk/credential-providers"],
    format: "cjs",
    platform: "node",
    target: "node20",
    minify: true,
    outdir,
    outExtension: { ".js": ".cjs" },
    plugins: [restApart],
    logLevel: "warning",
  });
  for (const [name, file] of Object.entries(included))
    await copyFile(join(dirname(resolve(file)), "LICENSE"), join(outdir, `${name}.LICENSE`));
  return join(outdir, "keyvend.cjs");
}

if (import.meta.main) await buildCli(join(folder, "dist/cli"));
