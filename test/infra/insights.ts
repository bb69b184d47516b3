/** A line of a log: as text, and what Logs Insights makes of it. */
export interface LogEvent {
  message: string;
  /** Epoch milliseconds. */
  timestamp: number;
}

type Row = Record<string, unknown>;

/**
 * Answers a query as Logs Insights does, as far as the saved queries go. Anything that it does not know is an error.
 *
 * @returns the rows, each with the columns that the query asks for; what a line does not have is absent
 * @example insights('fields status | filter @message like "JKJaXmPLvHcESHA="', events)
 */
export function insights(query: string, events: readonly LogEvent[]): Row[] {
  let rows: Row[] = events.map(fieldsOf);
  let columns: string[] = [];
  for (const command of query.split(/\s+\| /)) {
    const [, verb = "", rest = ""] = /^(\w+) (.+)$/s.exec(command.trim()) ?? unknown(command);
    if (verb === "fields") {
      const named = splitList(rest).map(readNamed);
      rows = rows.map((row) => ({
        ...row,
        ...Object.fromEntries(named.map(([name, value]) => [name, value(row)])),
      }));
      columns = named.map(([name]) => name);
    } else if (verb === "filter") {
      const terms = rest.split(" and ").map(readCondition);
      rows = rows.filter((row) => terms.every((term) => term(row)));
    } else if (verb === "stats") {
      [rows, columns] = grouped(rest, rows);
    } else if (verb === "sort") {
      const [, name = "", order] = /^(\S+) (asc|desc)$/.exec(rest) ?? unknown(rest);
      const sign = order === "asc" ? 1 : -1;
      rows = rows.toSorted((a, b) => sign * (Number(a[name]) - Number(b[name])));
    } else if (verb === "limit") {
      rows = rows.slice(0, Number(rest));
    } else unknown(command);
  }
  return rows.map((row) => pick(row, columns));
}

/** A line that is JSON has a field for each member, by its path. Any other line has its text only. */
function fieldsOf({ message, timestamp }: LogEvent): Row {
  const row: Row = { "@message": message, "@timestamp": timestamp };
  const add = (path: string, value: unknown) => {
    if (typeof value === "object" && value !== null)
      for (const [name, member] of Object.entries(value)) add(path ? `${path}.${name}` : name, member);
    else row[path] = value;
  };
  try {
    add("", JSON.parse(message));
  } catch {}
  return row;
}

type Value = (row: Row) => unknown;

/** `a.b`, `coalesce(a, b) as c`, `1 + coalesce(a, 0) as b`. */
function readNamed(text: string): [name: string, value: Value] {
  const [, expression = "", name = expression] = /^(.+?)(?: as (\w+))?$/.exec(text) ?? unknown(text);
  return [name, readValue(expression)];
}

function readValue(expression: string): Value {
  const [, added, summand = ""] = /^(\d+) \+ (.+)$/.exec(expression) ?? [];
  if (added !== undefined) {
    const value = readValue(summand);
    return (row) => Number(added) + Number(value(row));
  }
  const [, choices] = /^coalesce\((.+)\)$/.exec(expression) ?? [];
  if (choices !== undefined) {
    const values = splitList(choices).map(readValue);
    return (row) => values.map((value) => value(row)).find((value) => value !== undefined);
  }
  if (/^\d+$/.test(expression)) return () => Number(expression);
  if (!/^@?[\w.]+$/.test(expression)) unknown(expression);
  return (row) => row[expression];
}

function readCondition(text: string): (row: Row) => boolean {
  const [, field = "", operator, operand = ""] =
    /^(@?[\w.]+) (=|like|in) (.+)$/.exec(text.trim()) ?? unknown(text);
  const wanted = JSON.parse(operand);
  if (operator === "like") return (row) => String(row[field] ?? "").includes(wanted);
  if (operator === "in") return (row) => wanted.includes(row[field]);
  return (row) => row[field] === wanted;
}

function grouped(rest: string, rows: readonly Row[]): [rows: Row[], columns: string[]] {
  const [, sums = "", by = ""] = /^(.+) by (.+)$/.exec(rest) ?? unknown(rest);
  const keys = splitList(by);
  const totals = splitList(sums).map((sum) => {
    const [, how = "", of = "", name = ""] =
      /^(count|sum|latest)\((.+)\) as (\w+)$/.exec(sum) ?? unknown(sum);
    return { how, of, name };
  });
  const groups = Map.groupBy(rows, (row) => JSON.stringify(keys.map((key) => row[key] ?? null)));
  const results = [...groups.values()].map((group) => {
    const result: Row = pick(group[0] ?? {}, keys);
    for (const { how, of, name } of totals) {
      if (how === "count") result[name] = group.length;
      else if (how === "sum") result[name] = group.reduce((sum, row) => sum + Number(row[of]), 0);
      else
        result[name] = group.toSorted((a, b) => Number(b["@timestamp"]) - Number(a["@timestamp"]))[0]?.[of];
    }
    return result;
  });
  return [results, [...keys, ...totals.map(({ name }) => name)]];
}

const pick = (row: Row, names: readonly string[]): Row =>
  Object.fromEntries(names.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]));

/** Commas within brackets separate nothing. */
const splitList = (text: string): string[] => text.split(/, (?![^(]*\))/);

function unknown(text: string): never {
  throw new Error(`This reader of Logs Insights' language does not know: ${text}`);
}
