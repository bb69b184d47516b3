import { drawn, element } from "./elements.ts";

// Drawn by hand: the small libraries that have axes either weigh more than this whole page may (uPlot), or set styles that its
// Content-Security-Policy refuses (Chartist).

const width = 300;
const height = 96;
const top = 12;
const bottom = height - 14;
/** Lines that can be told from each other. */
const mostSeries = 5;

/** One line: its name, and a value for each moment, or none. */
export interface Series {
  name: string;
  values: readonly (number | undefined)[];
}

/**
 * A small chart of lines over the last minutes. What it shows stands beside it in words.
 *
 * @param spanText what the width means, such as "5 min"
 */
export function chart(title: string, unit: string, series: readonly Series[], spanText: string): HTMLElement {
  const shown = series.slice(0, mostSeries);
  const most = Math.max(0, ...shown.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const scale = niceAbove(most);
  const lines = shown.map(({ values }, n) =>
    drawn("path", { class: `line c${n}`, d: pathOf(values, scale) }),
  );
  const text = (x: number, y: number, anchor: string, words: string) =>
    drawn("text", { x: String(x), y: String(y), "text-anchor": anchor }, words);
  const legend = shown.map(({ name, values }, n) => {
    const last = values.at(-1);
    const sample = drawn("svg", { viewBox: "0 0 28 8", "aria-hidden": "true" });
    sample.append(drawn("path", { class: `line c${n}`, d: "M0 4H28" }));
    return element("li", {}, sample, `${name}: ${last === undefined ? "–" : short(last)} ${unit}`);
  });
  const picture = drawn(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    drawn("path", { class: "axis", d: `M0 ${top}H${width}M0 ${bottom}H${width}` }),
    text(0, top - 3, "start", `${short(scale)} ${unit}`),
    text(0, height - 2, "start", `${spanText} ago`),
    text(width, height - 2, "end", "now"),
    ...lines,
  );
  return element(
    "figure",
    {},
    element("figcaption", {}, title),
    picture,
    legend.length > 0
      ? element("ul", { class: "legend" }, ...legend)
      : element("p", { class: "hint" }, "Nothing yet."),
  );
}

function pathOf(values: readonly (number | undefined)[], scale: number): string {
  const step = width / Math.max(1, values.length - 1);
  let isDrawing = false;
  return values
    .map((value, n) => {
      if (value === undefined) {
        isDrawing = false;
        return "";
      }
      const command = isDrawing ? "L" : "M";
      isDrawing = true;
      return `${command}${(n * step).toFixed(1)} ${(bottom - (value / scale) * (bottom - top)).toFixed(1)}`;
    })
    .join("");
}

/** 1, 2 or 5 times a power of ten. */
function niceAbove(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((step) => step * power >= most) ?? 10) * power;
}

const short = (value: number) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(2))).toString();
