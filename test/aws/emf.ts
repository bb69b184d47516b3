import { Ajv } from "ajv";

/** The essential part of the schema in CloudWatch's user guide for its embedded metric format. */
const name = { type: "string", minLength: 1, maxLength: 255, pattern: "^(.*)$" };
const emfSchema = {
  type: "object",
  required: ["_aws"],
  properties: {
    _aws: {
      type: "object",
      required: ["Timestamp", "CloudWatchMetrics"],
      additionalProperties: false,
      properties: {
        Timestamp: { type: "integer" },
        CloudWatchMetrics: {
          type: "array",
          minItems: 1,
          items: {
            type: "object",
            required: ["Namespace", "Dimensions", "Metrics"],
            additionalProperties: false,
            properties: {
              Namespace: name,
              Dimensions: {
                type: "array",
                minItems: 1,
                uniqueItems: true,
                items: { type: "array", maxItems: 30, uniqueItems: true, items: name },
              },
              Metrics: {
                type: "array",
                minItems: 1,
                maxItems: 100,
                items: {
                  type: "object",
                  required: ["Name", "Unit"],
                  additionalProperties: false,
                  properties: { Name: name, Unit: { enum: ["Milliseconds", "Count"] } },
                },
              },
            },
          },
        },
      },
    },
  },
};
const isEmf = new Ajv().compile<EmfLine>(emfSchema);

interface EmfLine {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
  [member: string]: unknown;
}

/** One value of one metric. */
export interface Datum {
  metric: string;
  unit: string;
  value: number;
  dimensions: Record<string, string>;
}

/**
 * What CloudWatch makes of a line of the log.
 *
 * @throws where CloudWatch would refuse the line.
 */
export function dataOf(line: string): Datum[] {
  if (line.indexOf("\n") !== line.length - 1) throw new Error(`Not one line: ${line}`);
  const root: Record<string, unknown> = JSON.parse(line);
  if (!("_aws" in root)) return [];
  if (!isEmf(root)) throw new Error(`${JSON.stringify(isEmf.errors)}: ${line}`);
  return root._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((set) => Metrics.map(({ Name, Unit }) => datum(root, set, Name, Unit))),
  );
}

function datum(root: EmfLine, set: string[], metric: string, unit: string): Datum {
  const value = root[metric];
  if (typeof value !== "number") throw new Error(`${metric} is no number.`);
  const dimensions = set.map((dimension) => {
    const of = root[dimension];
    if (typeof of !== "string" || !/^[\x21-\x7e][\x20-\x7e]{0,1023}$/.test(of)) {
      throw new Error(`${dimension} is no dimension's value: ${of}`);
    }
    return [dimension, of];
  });
  return { metric, unit, value, dimensions: Object.fromEntries(dimensions) };
}
