import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build, transform } from "esbuild";
import { type PageFiles, pageFileNames } from "../../functions/page/files.ts";

const root = resolve(import.meta.dirname, "../..");

/**
 * Makes the page's three texts: HTML as it is written, one style sheet, and one script that needs nothing beside it.
 *
 * @example createPage({ files: await pageFiles(), views: "caller" })
 */
export async function pageFiles(): Promise<PageFiles> {
  const source = (name: string) => readFile(join(import.meta.dirname, name), "utf8");
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(import.meta.dirname, "script/page.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    legalComments: "none",
    write: false,
    logLevel: "warning",
  });
  return {
    html: await source("index.html"),
    style: (await transform(await source("page.css"), { loader: "css", minify: true })).code,
    script: outputFiles[0]?.text ?? "",
  };
}

/**
 * Writes them into a folder, from which `readPageFiles` reads them.
 *
 * @example await buildPage(".build/serve/page")
 */
export async function buildPage(folder: string): Promise<void> {
  const files = await pageFiles();
  const outDir = resolve(root, folder);
  await mkdir(outDir, { recursive: true });
  for (const part of ["html", "style", "script"] as const)
    await writeFile(join(outDir, pageFileNames[part]), files[part]);
}
