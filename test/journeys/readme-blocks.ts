/**
 * The code blocks of a language in a Markdown text, in their order.
 *
 * @example blocksOf(await readFile("README.md", "utf8"), "yaml")
 */
export function blocksOf(markdown: string, language: string): string[] {
  const found = markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"));
  return Array.from(found, ([, code = ""]) => code);
}
