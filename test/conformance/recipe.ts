import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "vitest";
import { blocksOf } from "../documents/markdown.ts";

/** A recipe's code, with local addresses instead of the hosts that it names. */
export interface Recipe {
  /** The one block of a language that holds a text. */
  block(language: string, containing: string): string;
  /** Runs a block of shell code, as it is written. Returns the variables that it exports. */
  run(containing: string, where: { cwd: string; env: Record<string, string> }): Promise<Map<string, string>>;
}

/**
 * Reads the recipe of a store.
 *
 * @param hosts the addresses by what stands in the recipe instead, as in `https://minio.example.com`
 * @example readRecipe("minio", new Map([["https://minio.example.com", endpoint]]))
 */
export function readRecipe(name: string, hosts: ReadonlyMap<string, string>): Recipe {
  const text = readFileSync(`infra/recipes/${name}.md`, "utf8");
  const block: Recipe["block"] = (language, containing) => {
    const found = blocksOf(text, language).filter((code) => code.includes(containing));
    const [code = ""] = found.length === 1 ? found : expect.fail(`${found.length} blocks of ${containing}`);
    return Array.from(hosts).reduce((local, [host, url]) => local.replaceAll(host, url), code);
  };
  return {
    block,
    async run(containing, where) {
      const script = `${block("sh", containing)}\nprintf '\\0'; env -0`;
      const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], where);
      const [, ...lines] = stdout.split("\0");
      return new Map(
        lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
    },
  };
}
