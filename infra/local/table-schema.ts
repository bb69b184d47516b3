import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface KeyElement {
  AttributeName: string;
  KeyType: "HASH" | "RANGE";
}

/** As CreateTable takes it. */
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
 * What CloudFormation and the API call alike in `infra/table.yml`; the rest (backups, encryption) is AWS's business.
 *
 * @example await call("CreateTable", { ...tableSchema(), TableName: "keyvend-local" })
 */
export function tableSchema(): TableSchema {
  const { Resources } = parse(readFileSync(new URL("../table.yml", import.meta.url), "utf8"));
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = Resources.Table.Properties;
  return { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode };
}
