/** What rings, and by what. The runbook's pages are in `runbook.test.ts`. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { statusOf } from "../../functions/http.ts";
import { alarmFacts } from "../../infra/deploy/template/alarms.ts";
import type { AuditRecord, CacheTier } from "../../shared/vending/ports.ts";
import { absorbedParts, dimensionOf } from "../aws/metered.ts";
import { accessLine } from "./access-log.ts";
import { alarmNamed, alarms, emitted, filters, insightRules, template, watchedBy } from "./alarms.ts";
import { filterTakes } from "./filter-pattern.ts";

const stack = { Name: "stack", Value: "Table" };
/** What the code can emit of each dimension that an alarm may go by. */
const values: Record<string, readonly string[]> = {
  code: Object.keys(statusOf),
  part: absorbedParts,
  cache: ["memory", "table", "issued", "none"] satisfies CacheTier[],
};

test.each(alarms)(
  "%s says what is wrong, where to read on, and tells the operator when it ends",
  (_, alarm) => {
    expect(alarm).toMatchObject({
      AlarmDescription: expect.stringMatching(/^.{20,}\. See \$\{self:custom\.runbook\}#[a-z0-9-]+$/),
      AlarmActions: ["AlarmTopic"],
      OKActions: ["AlarmTopic"],
      TreatMissingData: expect.stringMatching(
        /^(notBreaching|breaching|\$\{.+\/deployment\.json\):probesMissing\})$/,
      ),
    });
  },
);

test.each(alarms)("%s goes by what is emitted, in all or by one dimension that it has", (_, alarm) => {
  for (const { Namespace, MetricName, Dimensions } of watchedBy(alarm)) {
    if (Namespace !== "keyvend") continue;
    expect(emitted).toContain(MetricName);
    const [first, by, ...more] = Dimensions;
    expect([first, more]).toEqual([stack, []]);
    if (by === undefined) continue;
    expect(by.Name).toBe(dimensionOf[MetricName as keyof typeof dimensionOf]);
    expect(values[by.Name]).toContain(by.Value);
  }
});

test.each(alarms.filter(([, { Metrics }]) => Metrics))(
  "the expression of %s has each of its inputs",
  (_, alarm) => {
    const [result, ...inputs] = alarm.Metrics ?? [];
    expect(inputs.map(({ ReturnData }) => ReturnData)).toEqual(inputs.map(() => false));
    const named = String(result?.Expression).match(/\b[a-z]+\b/g) ?? [];
    const rules = /^INSIGHT_RULE_METRIC/.test(String(result?.Expression));
    if (!rules) expect([...new Set(named)].sort()).toEqual(inputs.map(({ Id }) => Id).sort());
  },
);

/** What an expression of an alarm gives for the sums of its inputs; what is missing is `undefined`. */
function shareOf(name: string, sums: Record<string, number | undefined>): number {
  const expression = String(alarmNamed(name).Metrics?.[0]?.Expression);
  const names = Object.keys(sums);
  const IF = (condition: boolean, then: number, otherwise: number) => (condition ? then : otherwise);
  const FILL = (value: number | undefined, by: number) => value ?? by;
  return new Function("IF", "FILL", ...names, `return ${expression}`)(IF, FILL, ...Object.values(sums));
}

describe("shares ring", () => {
  test.each([
    ["ApiRefusals", "refusals that outnumber all else", { refused: 300, requests: 600 }, true],
    ["ApiRefusals", "fewer refusals than the rest", { refused: 300, requests: 601 }, false],
    ["ApiRefusals", "few requests, all of them refused", { refused: 299, requests: 299 }, false],
    ["GrantRefusals", "a quarter without a grant", { refused: 50, vends: 150 }, true],
    ["GrantRefusals", "nothing but refusals", { refused: 50, vends: undefined }, true],
    ["GrantRefusals", "fewer than a quarter", { refused: 50, vends: 151 }, false],
    ["GrantRefusals", "few callers", { refused: 49, vends: 0 }, false],
    ["EmptyCache", "a cache that answers nobody", { issued: 300, vends: 300 }, true],
    ["EmptyCache", "one that answers few", { issued: 241, vends: 300 }, true],
    ["EmptyCache", "one that answers one in five", { issued: 240, vends: 300 }, false],
    ["EmptyCache", "one that answers all", { issued: undefined, vends: 3_000 }, false],
    ["EmptyCache", "few vends", { issued: 299, vends: 299 }, false],
  ] as const)("%s: %s", (name, _, sums, rings) => {
    const { Threshold, ComparisonOperator } = alarmNamed(name) as {
      Threshold: unknown;
      ComparisonOperator?: string;
    };
    const threshold = name === "EmptyCache" ? alarmFacts({}).mostIssuedPercent : Number(Threshold);
    const value = shareOf(name, sums);
    expect(ComparisonOperator === "GreaterThanThreshold" ? value > threshold : value >= threshold).toBe(
      rings,
    );
  });

  test("of the cache never, where a deployment says so: no share is above a hundred", () => {
    expect(alarmNamed("EmptyCache")).toMatchObject({
      Threshold: "${file(${param:build}/deployment.json):mostIssuedPercent}",
      ComparisonOperator: "GreaterThanThreshold",
    });
  });
});

test("each code that only an operator can mend rings at its first refusal", () => {
  for (const [name, code] of [
    ["StorageMisconfigured", "storage_misconfigured"],
    ["InternalFaults", "internal"],
  ] as const)
    expect(alarmNamed(name)).toMatchObject({
      ...{ MetricName: "Denials", Dimensions: [stack, { Name: "code", Value: code }] },
      ...{ Threshold: 1, EvaluationPeriods: 1, Statistic: "Sum" },
    });
});

describe("the rule that counts refusals by caller", () => {
  const [[, rule] = []] = insightRules;
  const body = JSON.parse(rule?.RuleBody ?? "null");
  const [decision, code] = body.Contribution.Filters;

  test("reads records as vend writes them, and takes no stranger for a caller", () => {
    expect(body).toMatchObject({
      Schema: { Name: "CloudWatchLogRule", Version: 1 },
      LogGroupNames: ["${VendLogGroup}"],
      LogFormat: "JSON",
      AggregateOn: "Count",
    });
    const members: Record<string, keyof AuditRecord> = {
      "$.audit.issuer": "issuer",
      "$.audit.principal": "principal",
      "$.audit.decision": "decision",
      "$.audit.code": "code",
    };
    const { Keys, Filters } = body.Contribution;
    const paths = [...Keys, ...Filters.map(({ Match }: { Match: string }) => Match)];
    expect(paths).toEqual(Object.keys(members));
    expect(decision.In).toEqual(["refused"]);
  });

  test("counts what callers bring about, and not what happens to them", () => {
    // CloudWatch takes ten values at most.
    expect(code.In.length).toBeLessThanOrEqual(10);
    const byCaller = Object.entries(statusOf).filter(
      ([each, status]) => status < 500 && each !== "unauthenticated",
    );
    // What is revoked is an operator's own doing.
    expect([...code.In, "not_found", "revoked"].sort()).toEqual(byCaller.map(([each]) => each).sort());
  });

  test("is the one of the alarm, whose period CloudFormation has to be told", () => {
    expect(alarmNamed("CallerRefused").Metrics).toEqual([
      {
        Id: "most",
        Label: expect.any(String),
        Expression: `INSIGHT_RULE_METRIC("${rule?.RuleName}", "MaxContributorValue")`,
        Period: 300,
      },
    ]);
  });
});

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
    expect(filterTakes(filter?.FilterPattern ?? "", accessLine({ status, routeKey }))).toBe(isCounted);
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

test("each part whose failures are absorbed has an alarm, and its row in the map", () => {
  const byPart = alarms.flatMap(([name, { MetricName, Dimensions }]) =>
    MetricName === "AbsorbedFaults" ? [[Dimensions?.[1]?.Value, name]] : [],
  );
  expect(byPart.map(([part]) => part).sort()).toEqual([...absorbedParts].sort());
  const map = readFileSync("shared/README.md", "utf8");
  const rows = Array.from(map.matchAll(/^\| part `([a-z-]+)` \|.*\| `(\w+)` \|$/gm), ([, part, alarm]) => [
    part,
    alarm,
  ]);
  expect(rows.sort()).toEqual(byPart.sort());
});

test("a schedule that has stopped meters nothing, and that is what its alarm goes by", () => {
  expect(alarmNamed("WarmStopped")).toMatchObject({
    MetricName: "WarmRuns",
    Statistic: "Sum",
    Threshold: 1,
    ComparisonOperator: "LessThanThreshold",
    TreatMissingData: "breaching",
  });
});

describe("a doctor that has stopped", () => {
  const fact = (name: string) => `\${file(\${param:build}/deployment.json):${name}}`;

  test("counts no runs, and that rings after two", () => {
    expect(alarmNamed("ProbesStopped")).toMatchObject({
      ...{ MetricName: "Probes", Statistic: "Sum", Threshold: 1, ComparisonOperator: "LessThanThreshold" },
      ...{
        Period: fact("probePeriodSeconds"),
        EvaluationPeriods: 2,
        TreatMissingData: fact("probesMissing"),
      },
    });
    expect(alarmNamed("ProbeFailed")).toMatchObject({ Period: fact("probePeriodSeconds") });
  });

  test.each([
    ["does not ring where none is said to run", undefined, 900, "notBreaching"],
    ["looks back at a day at most, as far as CloudWatch does", 720, 43_200, "breaching"],
    ["looks back at ten minutes at least", 5, 300, "breaching"],
  ])("%s", (_, probedEveryMinutes, probePeriodSeconds, probesMissing) => {
    const given = probedEveryMinutes === undefined ? {} : { probedEveryMinutes };
    expect(alarmFacts(given)).toMatchObject({ probePeriodSeconds, probesMissing });
  });
});
