import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { probeMetrics } from "../../infra/doctor/metric.ts";
import { metrics } from "../aws/metered.ts";

/** A template in which each CloudFormation function is replaced by its argument, so that `!Ref Table` reads `Table`. */
export const template = (name: string) =>
  parse(readFileSync(name, "utf8"), { logLevel: "error", merge: true });

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}

/** A metric that an alarm goes by, itself or in its expression. */
interface Watched {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
}

interface MetricQuery {
  Id: string;
  Expression?: string;
  ReturnData?: boolean;
  Period?: number;
  MetricStat?: { Period: number; Stat: string; Metric: Watched };
}

export interface Alarm extends Partial<Watched> {
  AlarmDescription: string;
  Metrics?: MetricQuery[];
  Threshold: unknown;
}

export interface MetricFilter {
  LogGroupName: string;
  FilterPattern: string;
  MetricTransformations: [{ MetricNamespace: string; MetricName: string; Dimensions: object[] }];
}

const resources = Object.entries<Resource>(template("infra/alarms.yml").template.Resources);

function ofType<Properties>(type: string): [name: string, Properties][] {
  const some = resources.filter(([, { Type }]) => Type === type);
  return some.map(([name, { Properties }]) => [name, Properties as Properties]);
}

export const alarms = ofType<Alarm>("AWS::CloudWatch::Alarm");
/** What CloudWatch counts in the API's access log, beside what the functions emit. */
export const filters = ofType<MetricFilter>("AWS::Logs::MetricFilter").map(([, filter]) => filter);
export const insightRules = ofType<{ RuleName: string; RuleBody: string }>("AWS::CloudWatch::InsightRule");

/** All metrics in the namespace of keyvend: of the functions, of the doctor, and those that are counted in the access log. */
export const emitted: readonly string[] = [
  ...metrics,
  ...probeMetrics,
  ...filters.map(({ MetricTransformations: [{ MetricName }] }) => MetricName),
];

/** All metrics of an alarm. */
export function watchedBy({ Namespace, MetricName, Dimensions, Metrics = [] }: Alarm): Watched[] {
  const inputs = Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
  return Namespace && MetricName && Dimensions ? [{ Namespace, MetricName, Dimensions }, ...inputs] : inputs;
}

/** The alarm of a name. */
export function alarmNamed(name: string): Alarm {
  const [, alarm] = alarms.find(([each]) => each === name) ?? [];
  if (alarm === undefined) throw new Error(`There is no alarm ${name}.`);
  return alarm;
}
