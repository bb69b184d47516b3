import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The texts that the page is made of: all that a browser gets of it. */
export interface PageFiles {
  html: string;
  style: string;
  script: string;
}

/** Under which names the build puts them into a folder. */
export const pageFileNames = { html: "index.html", style: "page.css", script: "page.js" } as const;

/**
 * Reads what the build wrote.
 *
 * @throws Error when a file is missing.
 * @example createPage({ files: readPageFiles(".build/serve/page"), views: "caller" })
 */
export function readPageFiles(folder: string): PageFiles {
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const { html, style, script } = pageFileNames;
  return { html: read(html), style: read(style), script: read(script) };
}
