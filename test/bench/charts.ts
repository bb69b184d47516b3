/** `node test/bench/charts.ts` draws the charts of the README from `results.json`; so does `npm run bench -- --publish`. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Measure, shown, verdictOf } from "./measure.ts";
import { describe, type Results } from "./report.ts";

/** A chart shows the goals of some rows, each as a part of what was allowed: at the line, or on its left, it is met. */
const charts = [
  { file: "starts", title: "How keyvend starts", ids: ["B1", "B2", "B3", "B4", "B5"] },
  { file: "answers", title: "What an answer costs", ids: ["B6", "B7", "B8", "B15", "B17"] },
  { file: "fleet", title: "What a fleet asks of STS", ids: ["B9", "B10", "B11", "B12", "B16"] },
  { file: "client", title: "What a client pays", ids: ["B13", "B14"] },
];

const command = "npm run bench -- --publish";
const [labelWidth, barWidth, valueWidth, lineHeight, headHeight, footHeight] = [400, 330, 230, 26, 46, 34];
/** The bar of a figure that is just at its goal ends here. */
const goalAt = barWidth / 2;
const colours = { met: "#2f7d4f", missed: "#b3402e", floor: "#8a8f98", told: "#8a8f98" };

export async function writeCharts(
  results: Results,
  folder = join(import.meta.dirname, "charts"),
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { file, title, ids } of charts)
    await writeFile(join(folder, `${file}.svg`), chartOf(title, ids, results));
}

function chartOf(title: string, ids: readonly string[], { rows, machine }: Results): string {
  const bars = rows
    .filter(({ id }) => ids.includes(id))
    .flatMap(({ id, what, measures }) =>
      measures.filter(({ goal }) => goal).map((measure) => ({ label: `${id} ${what}`, measure })),
    );
  const width = labelWidth + barWidth + valueWidth;
  const height = headHeight + bars.length * lineHeight * 2 + footHeight;
  const bottom = height - footHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="24" font-size="16" fill="#1d2329">${escaped(title)}: left of the line is better than the goal</text>`,
    ...bars.map(({ label, measure }, n) => barOf(label, measure, headHeight + n * lineHeight * 2)),
    `<line x1="${labelWidth + goalAt}" y1="${headHeight - 6}" x2="${labelWidth + goalAt}" y2="${bottom}" stroke="#1d2329"/>`,
    `<text x="12" y="${height - 12}" fill="#5b636d">${escaped(`${describe(machine)}. Made by ${command}`)}</text>`,
    "</svg>\n",
  ].join("\n");
}

function barOf(label: string, measure: Measure, top: number): string {
  const { says, spread, unit, goal = { atMost: Number.NaN } } = measure;
  const isLeast = "atLeast" in goal;
  const aim = isLeast ? goal.atLeast : goal.atMost;
  const share = (value: number) => {
    const part = isLeast ? aim / value : value / aim;
    return Number.isFinite(part) ? Math.min(part, 2) : value === 0 ? 0 : 2;
  };
  const x = (value: number) => labelWidth + share(value) * goalAt;
  const middle = top + lineHeight;
  const [from, to] = [x(spread.least), x(spread.most)];
  const verdict = verdictOf(measure);
  const value = `${shown(spread.median)}${unit && ` ${unit}`} (${isLeast ? "≥" : "≤"} ${shown(aim)})`;
  return [
    `<text x="12" y="${top + 14}" fill="#5b636d">${escaped(label)}</text>`,
    `<text x="12" y="${middle + 10}" fill="#1d2329">${escaped(says)}</text>`,
    `<rect x="${labelWidth}" y="${middle - 4}" width="${round(x(spread.median) - labelWidth)}" height="14" fill="${colours[verdict]}"/>`,
    `<line x1="${round(from)}" y1="${middle + 3}" x2="${round(to)}" y2="${middle + 3}" stroke="#1d2329" stroke-opacity="0.5"/>`,
    `<text x="${labelWidth + barWidth + 8}" y="${middle + 8}" fill="#1d2329">${escaped(value)}${verdict === "floor" ? " below the floor" : ""}</text>`,
  ].join("\n");
}

const round = (value: number) => Math.max(0, Math.round(value * 10) / 10);

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

if (import.meta.main)
  await writeCharts(JSON.parse(await readFile(join(import.meta.dirname, "results.json"), "utf8")));
