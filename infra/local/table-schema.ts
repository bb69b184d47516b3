import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface KeyElement {
  AttributeName: string;
  KeyType: "HASH" | "RANGE";
}

/** The schema of a table, in the form of CreateTable. */
export interface TableSchema {
  AttributeDefinitions: { AttributeName: string; AttributeType: "S" | "N" }[];
  KeySchema: KeyElement[];
  GlobalSecondaryIndexes: {
    IndexName: string;
    KeySchema: KeyElement[];
    Projection: { ProjectionType: string };
  }[];
  BillingMode: string;
}

/**
 * Reads the schema from `infra/table.yml`: the properties that CloudFormation and CreateTable call alike. The others,
 * such as backups and encryption, matter on AWS only.
 *
 * @example await call("CreateTable", { ...tableSchema(), TableName: "keyvend-local" })
 */
export function tableSchema(): TableSchema {
  const { Resources } = parse(readFileSync(new URL("../table.yml", import.meta.url), "utf8"));
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = Resources.Table.Properties;
  return { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode };
}
