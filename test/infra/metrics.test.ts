/** What is metered, shown and watched over: the dashboard and the alarms name what the code emits, and all of it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { statusOf } from "../../functions/http.ts";
import type { Dimension } from "../../shared/aws/meter.ts";
import { absorbedParts, dimensionOf, metrics } from "../aws/metered.ts";
import { accessLine } from "./access-log.ts";

/** A template in which each CloudFormation function is replaced by its argument, so that `!Ref Table` reads `Table`. */
const template = (name: string) => parse(readFileSync(name, "utf8"), { logLevel: "error", merge: true });

interface Alarm {
  Type: string;
  Properties: Record<string, unknown>;
}
interface Widget {
  width: number;
  properties: { title: string; region: string; metrics: unknown[][] };
}

interface MetricFilter {
  LogGroupName: string;
  FilterPattern: string;
  MetricTransformations: [{ MetricNamespace: string; MetricName: string; Dimensions: object[] }];
}

const watching = Object.entries<Alarm>(template("infra/alarms.yml").Resources);
const alarms = watching.filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm");
/** What CloudWatch counts in the API's access log, beside what the functions emit. */
const filters = watching
  .filter(([, { Type }]) => Type === "AWS::Logs::MetricFilter")
  .map(([, { Properties }]) => Properties as unknown as MetricFilter);
const emitted: string[] = [
  ...metrics,
  ...filters.map(({ MetricTransformations: [{ MetricName }] }) => MetricName),
];
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
const watched = alarms
  .map(([, { Properties }]) => Properties)
  .filter(({ Namespace }) => Namespace === "keyvend");

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

describe("alarms", () => {
  test.each(alarms)("%s says what is wrong, and to the operator", (_, { Properties }) => {
    expect(Properties).toMatchObject({
      AlarmDescription: expect.stringMatching(/^.{20,}\.$/),
      AlarmActions: ["AlarmTopic"],
      TreatMissingData: expect.stringMatching(/^(notBreaching|breaching)$/),
    });
  });

  test("watch metrics that are emitted, over all ways, codes and tiers", () => {
    const stack = { Name: "stack", Value: "Table" };
    for (const { MetricName, Dimensions } of watched) {
      expect(emitted).toContain(MetricName);
      // What is to be done about an absorbed fault depends on the part.
      const part = { Name: "part", Value: expect.any(String) };
      expect(Dimensions).toEqual(MetricName === "AbsorbedFaults" ? [stack, part] : [stack]);
    }
  });

  test.each([
    ["the schedule has stopped", "WarmRuns"],
    ["an entry was tampered with", "TamperedEntries"],
    ["sessions near their end are handed out", "StaleServed"],
    ["STS refuses or is away", "StsFailures"],
    ["the warmer does not keep up", "WarmLeft"],
    ["issuers die", "TakeOvers"],
    ["callers are throttled", "ApiThrottles"],
    ["STS is slow", "DeadlinesPassed"],
    ["the warmer fails", "WarmFailed"],
  ])("go off when %s", (_, metric) => {
    expect(watched.filter(({ MetricName }) => MetricName === metric)).toHaveLength(1);
  });
});

/** Whether a pattern of CloudWatch takes a line: comparisons of texts, joined by `&&`. */
function takes(pattern: string, line: Record<string, string>): boolean {
  const [, terms = ""] = /^\{ (.+) \}$/.exec(pattern) ?? expect.unreachable(pattern);
  return terms.split(" && ").every((term) => {
    const [, member = "", operator, text] =
      /^\$\.(\w+) (!?=) "([^"]*)"$/.exec(term) ?? expect.unreachable(term);
    expect(Object.keys(line)).toContain(member);
    return (line[member] === text) === (operator === "=");
  });
}

describe("the filter of the access log", () => {
  const [filter] = filters;

  test.each([
    ["429", "GET /v1/storages", true],
    ["429", "GET /v1/aws/storages/{storage}/credentials", true],
    // A limit of its own: no caller is turned away by it.
    ["429", "GET /openapi.json", false],
    ["401", "GET /v1/storages", false],
    ["200", "GET /v1/storages", false],
    ["503", "GET /v1/storages", false],
  ])("of status %s on %s: counted %j", (status, routeKey, isCounted) => {
    expect(takes(filter?.FilterPattern ?? "", JSON.parse(accessLine({ status, routeKey })))).toBe(isCounted);
  });

  test("counts by the stack, which the line names as all metrics do", () => {
    expect(filters).toHaveLength(1);
    expect(filter).toMatchObject({
      LogGroupName: "HttpApiLogGroup",
      MetricTransformations: [
        { MetricNamespace: "keyvend", MetricValue: "1", Dimensions: [{ Key: "stack", Value: "$.stack" }] },
      ],
    });
    expect(JSON.parse(accessLine({})).stack).toBe(
      template("serverless.yml").provider.environment.VENDING_TABLE,
    );
  });
});

test("refusals ring when they outnumber all else, and are many", () => {
  const { Metrics, Threshold } = (alarms.find(([name]) => name === "ApiRefusals")?.[1].Properties ??
    expect.unreachable()) as { Metrics: Record<string, unknown>[]; Threshold: number };
  const [share, ...inputs] = Metrics;
  const [, least, refusedId, allId] =
    /^IF\(refused >= (\d+), 100 \* (\w+) \/ (\w+), 0\)$/.exec(String(share?.["Expression"])) ?? [];
  expect([Number(least), Threshold]).toEqual([300, 50]);
  expect(inputs).toMatchObject([
    { Id: refusedId, ReturnData: false, MetricStat: { Metric: { MetricName: "4xx" } } },
    { Id: allId, ReturnData: false, MetricStat: { Metric: { MetricName: "Count" } } },
  ]);
});

test("each part whose failures are absorbed has an alarm, and its row in the map", () => {
  const byPart = alarms.flatMap(([name, { Properties }]) => {
    const { MetricName, Dimensions } = Properties as { MetricName: string; Dimensions: { Value: string }[] };
    return MetricName === "AbsorbedFaults" ? [[Dimensions[1]?.Value, name]] : [];
  });
  expect(byPart.map(([part]) => part).sort()).toEqual([...absorbedParts].sort());
  const map = readFileSync("shared/README.md", "utf8");
  const rows = Array.from(map.matchAll(/^\| part `([a-z-]+)` \|.*\| `(\w+)` \|$/gm), ([, part, alarm]) => [
    part,
    alarm,
  ]);
  expect(rows.sort()).toEqual(byPart.sort());
});

test("a schedule that has stopped meters nothing, and that is what its alarm goes by", () => {
  const [alarm] = watched.filter(({ MetricName }) => MetricName === "WarmRuns");
  expect(alarm).toMatchObject({
    Statistic: "Sum",
    Threshold: 1,
    ComparisonOperator: "LessThanThreshold",
    TreatMissingData: "breaching",
  });
});

test("the stack in every metric is the table's name, which the functions and the templates know alike", () => {
  const { provider } = template("serverless.yml");
  const { TableName } = template("infra/table.yml").Resources.Table.Properties;
  expect(provider.environment.VENDING_TABLE).toBe(TableName);
});

test("CloudWatch is paid for at most 80 metrics", () => {
  const values: Record<Dimension, number> = {
    cache: ["memory", "table", "issued"].length,
    way: ["session-token", "federation-token", "assume-role", "web-identity"].length,
    // Of the warmer's failures there is one more.
    code: Object.keys(statusOf).length + 1,
    part: absorbedParts.length,
  };
  const all = metrics.map((metric) => {
    const by = dimensionOf[metric];
    return 1 + (by === undefined ? 0 : values[by]);
  });
  expect(all.reduce((sum, each) => sum + each, filters.length)).toBeLessThanOrEqual(80);
});
