/**
 * The parts of an answer or an error that clients rely on. Values that differ from call to call are reduced to their kind.
 */
export interface Shape {
  /** Name and HTTP status; absent from an answer. */
  error?: string;
  /** The kind of value at each member's path. A list has several kinds. */
  members: ReadonlyMap<string, string>;
}

interface SdkAnswer {
  $metadata: { httpStatusCode?: number };
}

export async function shapeOf(call: Promise<object>): Promise<Shape> {
  try {
    const { $metadata, ...members } = (await call) as SdkAnswer;
    return { members: new Map([["status", `${$metadata.httpStatusCode}`], ...membersOf("", members)]) };
  } catch (error) {
    const { name, $metadata } = error as Error & Partial<SdkAnswer>;
    // This is no answer: the other side is down, or the SDK itself refused the call.
    if ($metadata?.httpStatusCode === undefined) throw error;
    return { error: `${name} (${$metadata.httpStatusCode})`, members: new Map() };
  }
}

/** The places at which the other side's shape differs from ours, in words about the other side. */
export function differencesOf(ours: Shape, other: Shape): string[] {
  if (ours.error !== other.error) return [other.error ?? "an answer"];
  const paths = [...new Set([...ours.members.keys(), ...other.members.keys()])].sort();
  return paths
    .filter((path) => ours.members.get(path) !== other.members.get(path))
    .map((path) => {
      const kind = other.members.get(path);
      return kind === undefined ? `no ${path}` : `${path} is ${kind}`;
    });
}

function membersOf(path: string, value: object): [path: string, kind: string][] {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .flatMap(([name, member]) => memberOf(path === "" ? name : `${path}.${name}`, member));
}

function memberOf(path: string, value: unknown): [path: string, kind: string][] {
  if (value instanceof Date) return [[path, "a date"]];
  if (Array.isArray(value))
    return [
      [
        path,
        value
          .map((element) => kindOf(`${element}`))
          .sort()
          .join(", "),
      ],
    ];
  if (typeof value === "object" && value !== null) return membersOf(path, value);
  return [[path, typeof value === "string" ? kindOf(value) : `a ${typeof value}`]];
}

/** Names and ARNs stay as they are. Ids are reduced to the prefix that says what they identify. */
function kindOf(text: string): string {
  const [, prefix, sessionName = ""] = text.match(/^(A[A-Z]{3})[A-Z0-9]{12,17}(:.+)?$/) ?? [];
  if (prefix !== undefined) return `${prefix}…${sessionName}`;
  // Secrets Manager adds six characters of its own to the end of a secret's ARN.
  if (text.startsWith("arn:aws:secretsmanager:")) return text.replace(/-[A-Za-z0-9]{6}$/, "-…");
  return /^(arn:.*|AWS[A-Z]+|\d{12}(:.*)?)$/.test(text) ? text : "a string";
}
