import type { TableSchema } from "../../infra/local/table-schema.ts";

/** The names of the keys in a schema of one table with one index. */
export interface KeyNames {
  keyName: string;
  indexName: string;
  indexHash: string;
  indexRange: string;
  /** The types of all attributes that are part of a key. */
  types: ReadonlyMap<string, "S" | "N">;
}

/** Throws if the schema has anything that is not simulated. */
export function keyNamesOf(schema: TableSchema): KeyNames {
  const [index, ...otherIndexes] = schema.GlobalSecondaryIndexes;
  const [keyName, ...otherKeys] = namesOf(schema.KeySchema);
  const [indexHash, indexRange] = namesOf(index?.KeySchema ?? []);
  const isKeysOnly = index?.Projection.ProjectionType === "KEYS_ONLY";
  if (!keyName || !indexHash || !indexRange || !isKeysOnly || otherKeys.length + otherIndexes.length > 0) {
    throw new Error("infra/table.yml has other keys or indexes than are simulated.");
  }
  const types = new Map(
    schema.AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  return { keyName, indexName: index.IndexName, indexHash, indexRange, types };
}

/** Hash before range. */
function namesOf(keySchema: TableSchema["KeySchema"]): string[] {
  const hashFirst = [...keySchema].sort((one, other) => one.KeyType.localeCompare(other.KeyType));
  return hashFirst.map(({ AttributeName }) => AttributeName);
}
