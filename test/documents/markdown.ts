import { globSync } from "node:fs";

/** All documents of the project, as paths from its root. */
export function documents(): string[] {
  const isForeign = (name: string) => /(^|\/)(\.[^/]+|node_modules|dist|coverage)$/.test(name);
  return globSync("**/*.md", { exclude: isForeign }).sort();
}

/**
 * The headings of a level, as the ids that a link after `#` names.
 *
 * @example headingIds("# Title\n## Use it\n", 2) // ["use-it"]
 */
export function headingIds(markdown: string, level: number): string[] {
  const headings = withoutCode(markdown).matchAll(new RegExp(`^#{${level}} (.+)$`, "gm"));
  return Array.from(headings, ([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/**
 * The targets of all links in a text.
 *
 * @example linksOf("[here](#use-it), [there](shared/README.md)") // ["#use-it", "shared/README.md"]
 */
export function linksOf(markdown: string): string[] {
  return Array.from(withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => target);
}

const withoutCode = (markdown: string) => markdown.replace(/^```[\s\S]*?^```/gm, "");

/**
 * The code blocks of a language in a text, in their order.
 *
 * @example blocksOf(await readFile("README.md", "utf8"), "yaml")
 */
export function blocksOf(markdown: string, language: string): string[] {
  const blocks = markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"));
  return Array.from(blocks, ([, code = ""]) => code);
}
