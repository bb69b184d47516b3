import type { Meter, Metric } from "../../shared/aws/meter.ts";

/** Upper bounds of the classes of answer times, in seconds. */
const secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Labels = Readonly<Record<string, string | undefined>>;

/** What the server counts beside what every function does. */
export interface ServerMetrics {
  /** Counts what the meter is told, and passes it on. */
  counting(meter: Meter): Meter;
  answered(status: number, seconds: number): void;
  /** Something that happened: `keyvend_<name>_total`. */
  count(name: string, labels?: Labels): void;
  /** How something stands now: `keyvend_<name>`. */
  set(name: string, value: number, labels?: Labels): void;
  /** All of it, in Prometheus's text format 0.0.4. */
  text(): string;
}

/**
 * Counts in memory, for Prometheus. The names and labels come from closed sets: no caller can make a new series.
 *
 * @example const metrics = createServerMetrics(); metrics.count("config_changes", { outcome: "taken" })
 */
export function createServerMetrics(): ServerMetrics {
  const families = new Map<string, { type: "counter" | "gauge"; series: Map<string, number> }>();

  function seriesOf(name: string, type: "counter" | "gauge"): Map<string, number> {
    const family = families.get(name) ?? { type, series: new Map() };
    families.set(name, family);
    return family.series;
  }

  function add(name: string, value: number, labels: Labels = {}): void {
    const series = seriesOf(name, "counter");
    const key = `${name}${labelsOf(labels)}`;
    series.set(key, (series.get(key) ?? 0) + value);
  }

  const seconds = secondsHistogram("keyvend_answer_seconds");

  return {
    counting: (meter) => (dimensions, values, extra) => {
      for (const [metric, value] of Object.entries(values)) {
        const { name, value: inUnit } = inPrometheus(metric as Metric, value);
        add(name, inUnit, dimensions);
      }
      meter(dimensions, values, extra);
    },
    answered(status, took) {
      add("keyvend_answers_total", 1, { status: String(status) });
      seconds.observe(took);
    },
    count: (name, labels) => add(`keyvend_${name}_total`, 1, labels),
    set(name, value, labels = {}) {
      seriesOf(`keyvend_${name}`, "gauge").set(`keyvend_${name}${labelsOf(labels)}`, value);
    },
    text: () =>
      Array.from(families, ([name, { type, series }]) =>
        [`# TYPE ${name} ${type}`, ...Array.from(series, ([key, value]) => `${key} ${value}`), ""].join("\n"),
      ).join("") + seconds.text(),
  };
}

/** Every answer is observed: that costs one addition. */
function secondsHistogram(name: string) {
  const counts = [...secondsBounds.map(() => 0), 0];
  let sum = 0;
  return {
    observe(value: number): void {
      const at = secondsBounds.findIndex((bound) => value <= bound);
      const place = at < 0 ? secondsBounds.length : at;
      counts[place] = (counts[place] ?? 0) + 1;
      sum += value;
    },
    text(): string {
      let upTo = 0;
      const lines = counts.map((count, n) => {
        upTo += count;
        return `${name}_bucket{le="${secondsBounds[n] ?? "+Inf"}"} ${upTo}`;
      });
      return [`# TYPE ${name} histogram`, ...lines, `${name}_sum ${sum}`, `${name}_count ${upTo}`, ""].join(
        "\n",
      );
    },
  };
}

/** The meter's names and milliseconds, in Prometheus's words: StsLatency is keyvend_sts_latency_seconds_total. */
function inPrometheus(metric: Metric, value: number): { name: string; value: number } {
  const words = metric.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  const isTime = /Latency|Time/.test(metric);
  return { name: `keyvend_${words}${isTime ? "_seconds" : ""}_total`, value: isTime ? value / 1_000 : value };
}

function labelsOf(labels: Labels): string {
  const given = Object.entries(labels).filter(([, value]) => value !== undefined);
  if (given.length === 0) return "";
  const escaped = (value = "") =>
    value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
  return `{${given.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}
