/** What a session policy allows, folded: each kind of operation once, with the places. */
export interface Meaning {
  does: string;
  where: string[];
}

interface Statement {
  Effect?: string;
  Action?: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

const listOf = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : ([value].flat() as T[]));

/** The words for actions; what has none is shown as it is. */
const words: Record<string, string> = {
  "s3:GetObject": "read objects",
  "s3:PutObject": "write objects",
  "s3:DeleteObject": "delete objects",
  "s3:ListBucket": "list names",
  "s3:AbortMultipartUpload": "give up uploads in parts",
  "s3:ListMultipartUploadParts": "list the parts of uploads",
  "s3:ListBucketMultipartUploads": "list uploads in parts",
  "s3:GetBucketLocation": "see where the bucket is",
};

/**
 * A policy's statements in words.
 *
 * @returns undefined for a text that is no policy
 * @example meaningOf(answer.Policy.Document)?.[0] // { does: "read objects", where: ["s3://lake/t1/*"] }
 */
export function meaningOf(document: string): Meaning[] | undefined {
  let statements: Statement[];
  try {
    statements = listOf((JSON.parse(document) as { Statement?: Statement | Statement[] }).Statement);
  } catch {
    return undefined;
  }
  return statements.map(({ Effect, Action, Resource, Condition }) => {
    const actions = listOf(Action).map((action) => words[action] ?? action);
    const places = listOf(Resource).map((arn) => arn.replace(/^arn:[^:]*:s3:::/, "s3://"));
    const held = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => conditionText(operator, key, listOf(values))),
    );
    return {
      does: `${Effect === "Deny" ? "never " : ""}${actions.join(", ")}`,
      where: held.length > 0 ? places.map((place) => `${place} ${held.join(" and ")}`) : places,
    };
  });
}

function conditionText(operator: string, key: string, values: string[]): string {
  const shown = values.map((value) => (value === "" ? '""' : value)).join(" or ");
  if (key === "s3:prefix") return `where the names begin with ${shown}`;
  return `where ${key} is ${shown} (${operator})`;
}
