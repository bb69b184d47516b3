import { readFileSync } from "node:fs";
import { headingIds } from "../documents/markdown.ts";

/** A page of the runbook. */
interface RunbookPage {
  title: string;
  /** What alarms name after `#`. */
  id: string;
  text: string;
  /** Its blocks of commands, in their order. */
  commands: string[];
}

const sections = readFileSync("infra/runbook.md", "utf8")
  .split(/^(?=## )/m)
  .map((text): RunbookPage => {
    const [title = ""] = text.replace(/^#+ /, "").split("\n");
    const [id = ""] = headingIds(text, 2);
    return { title, id, text, commands: commandsIn(text) };
  });

/** What precedes the pages: the commands that every other one needs, and where to look first. */
export const [beginning, lookFirst] = sections as [RunbookPage, RunbookPage];
/** The pages of situations. */
export const pages = sections.slice(2, -1);
/** What rings no alarm. */
export const ending = sections.at(-1) as RunbookPage;

/** Blocks may stand in lists, where each line is indented. */
function commandsIn(text: string): string[] {
  const blocks = text.matchAll(/^( *)```sh\n([\s\S]*?)^\1```/gm);
  return Array.from(blocks, ([, indent = "", code = ""]) =>
    code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}
