import { MalformedPolicy, type Refuse } from "./malformed-policy.ts";

/** The members that a JSON object may have. */
export type Elements<Name extends string> = Readonly<Partial<Record<Name, unknown>>>;

export function parseJson(json: string): unknown {
  if (!isPolicyText(json)) throw new MalformedPolicy("$", "a character that policies cannot hold");
  try {
    return JSON.parse(json);
  } catch {
    throw new MalformedPolicy("$", "not JSON");
  }
}

/** The characters of STS's own rule for its `Policy` parameter: U+0009, U+000A, U+000D, U+0020 to U+00FF. */
function isPolicyText(text: string): boolean {
  return /^[\t\n\r\u0020-\u00FF]*$/.test(text);
}

export function refuseAt(path: string): Refuse {
  return (why) => {
    throw new MalformedPolicy(path, why);
  };
}

export function elementsAt<Name extends string>(
  path: string,
  value: unknown,
  known: readonly Name[],
): Elements<Name> {
  const object = objectAt(path, value);
  const unknown = Object.keys(object).find((name) => !known.includes(name as Name));
  if (unknown !== undefined)
    throw new MalformedPolicy(`${path}.${unknown}`, "not an element of an identity or session policy");
  return object as Elements<Name>;
}

function objectAt(path: string, value: unknown): object {
  if (isObject(value)) return value;
  throw new MalformedPolicy(path, "not an object");
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function entriesAt(path: string, value: unknown): [path: string, name: string, value: unknown][] {
  const entries = Object.entries(objectAt(path, value));
  if (entries.length === 0) throw new MalformedPolicy(path, "empty");
  return entries.map(([name, member]) => [`${path}.${name}`, stringAt(path, name), member]);
}

/** IAM accepts one value wherever it accepts a list. */
export function listAt(path: string, value: unknown): (readonly [path: string, value: unknown])[] {
  if (value === undefined) throw new MalformedPolicy(path, "missing");
  if (!Array.isArray(value)) return [[path, value]];
  if (value.length === 0) throw new MalformedPolicy(path, "an empty list");
  return value.map((member, at) => [`${path}[${at}]`, member]);
}

export function stringAt(path: string, value: unknown): string {
  if (typeof value !== "string") throw new MalformedPolicy(path, "not a string");
  // JSON's own escapes can bring in characters that the text itself may not have.
  if (!isPolicyText(value)) throw new MalformedPolicy(path, "a character that policies cannot hold");
  return value;
}

/** IAM accepts numbers and booleans without quotation marks in conditions. */
export function scalarAt(path: string, value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : stringAt(path, value);
}
