/** What is metered and shown: the dashboard has what the code emits, and all of it. */
import { describe, expect, test } from "vitest";
import { statusOf } from "../../functions/http.ts";
import { mostMetrics } from "../../infra/costs/month.ts";
import type { Dimension } from "../../shared/aws/meter.ts";
import { absorbedParts, dimensionOf, metrics } from "../aws/metered.ts";
import { emitted, template } from "./alarms.ts";

interface Widget {
  width: number;
  properties: { title: string; region: string; metrics: unknown[][] };
}

const { DashboardBody } = template("infra/dashboard.yml").Resources.Dashboard.Properties;
const { widgets }: { widgets: Widget[] } = JSON.parse(DashboardBody);

/** Namespace, name and dimensions of each metric of a widget, its abbreviations written out. */
function shownBy({ properties }: Widget): string[][] {
  const shown: string[][] = [];
  for (const row of properties.metrics) {
    const searched = searchOf(row[0]);
    if (searched) shown.push(searched);
    const fields = row.filter((field): field is string => typeof field === "string");
    if (fields.length > 0) shown.push(writtenOut(fields, shown.at(-1) ?? []));
  }
  return shown;
}

function searchOf(field: unknown): string[] | undefined {
  const { expression = "" } = Object(field);
  const [, namespace = "", by = "", metric = ""] =
    /^SEARCH\('\{(\w+),stack,(\w+)\} MetricName="(\w+)" stack="\$\{Table\}"', '(?:Sum|p50|p99)', \d+\)$/.exec(
      expression,
    ) ?? [];
  return metric ? [namespace, metric, "stack", "${Table}", by, "*"] : undefined;
}

/** "..." stands for all that is not given after it, "." for one field of the metric before. */
function writtenOut(fields: string[], before: string[]): string[] {
  if (fields[0] === "...") return [...before.slice(0, 1 - fields.length || undefined), ...fields.slice(1)];
  return fields.map((field, at) => (field === "." ? (before[at] ?? "") : field));
}

const shown = widgets.flatMap(shownBy).filter(([namespace]) => namespace === "keyvend");
describe("the dashboard", () => {
  test("shows every metric, and none that is not emitted", () => {
    expect([...new Set(shown.map(([, metric]) => metric))].sort()).toEqual([...emitted].sort());
  });

  test("asks for them by the dimensions that they are emitted with", () => {
    for (const [, metric, ...dimensions] of shown) {
      const [stack, table, by] = dimensions;
      expect([stack, table], metric).toEqual(["stack", "${Table}"]);
      if (by !== undefined) expect(by).toBe(dimensionOf[metric as keyof typeof dimensionOf]);
    }
  });

  test("has full rows, and a title on each widget", () => {
    let width = 0;
    for (const widget of widgets) {
      width += widget.width;
      expect(widget.properties).toMatchObject({ title: expect.any(String), region: "${AWS::Region}" });
      expect(width).toBeLessThanOrEqual(24);
      width %= 24;
    }
    expect(width).toBe(0);
  });
});

test("the stack in every metric is the table's name, which the functions and the templates know alike", () => {
  const { provider } = template("serverless.yml");
  const { TableName } = template("infra/table.yml").Resources.Table.Properties;
  expect(provider.environment.VENDING_TABLE).toBe(TableName);
});

test("CloudWatch is paid for no more metrics than the costs are told with", () => {
  const values: Record<Dimension, number> = {
    cache: ["memory", "table", "issued", "none"].length,
    way: ["session-token", "federation-token", "assume-role", "web-identity"].length,
    // Of the warmer's failures there is one more.
    code: Object.keys(statusOf).length + 1,
    part: absorbedParts.length,
  };
  const all = metrics.map((metric) => {
    const by = dimensionOf[metric];
    return 1 + (by === undefined ? 0 : values[by]);
  });
  expect(all.reduce((sum, each) => sum + each, emitted.length - metrics.length)).toBeLessThanOrEqual(
    mostMetrics,
  );
});
