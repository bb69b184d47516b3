/** Builds the command: `npm run build:cli` makes `dist/cli`. */
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const folder = import.meta.dirname;

/**
 * Two files: `keyvend.cjs` is what runs first, and answers from the cache; `run.cjs` is all the rest. Node compiles a
 * file whole before it runs it, and the rest is five times as long.
 */
const restApart: Plugin = {
  name: "rest-apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/run\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./run.cjs", external: true } : undefined,
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
    entryPoints: ["keyvend", "run"].map((name) => join(folder, `src/cli/${name}.ts`)),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    minify: true,
    outdir,
    outExtension: { ".js": ".cjs" },
    plugins: [restApart],
    logLevel: "warning",
  });
  return join(outdir, "keyvend.cjs");
}

if (import.meta.main) await buildCli(join(folder, "dist/cli"));
