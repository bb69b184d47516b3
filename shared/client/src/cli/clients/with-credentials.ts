import type { FormatSource } from "../../../../formats/format.ts";
import { s3aBucketPrefix, s3aProperties } from "../../../../formats/s3a.ts";

/** Settings of clients that cannot come for credentials: they hold some, until these expire. */
export const clientsWithCredentials: Record<string, (source: FormatSource) => string> = {
  ...{ duckdb, pyiceberg },
  "core-site": coreSite,
};

/** A secret of DuckDB's httpfs, for what the credentials reach and nothing else. */
function duckdb(source: FormatSource): string {
  const { host, pathname, protocol } = new URL(source.Endpoint);
  const options = {
    TYPE: "s3",
    PROVIDER: "config",
    KEY_ID: quoteForSql(source.AccessKeyId),
    SECRET: quoteForSql(source.SecretAccessKey),
    ...(source.Token !== "" && { SESSION_TOKEN: quoteForSql(source.Token) }),
    // Without the scheme: USE_SSL says it.
    ENDPOINT: quoteForSql(host + pathname.replace(/\/$/, "")),
    REGION: quoteForSql(source.Region),
    URL_STYLE: source.PathStyleAccess ? "'path'" : "'vhost'",
    USE_SSL: String(protocol === "https:"),
    SCOPE: `[${source.Targets.map(quoteForSql).join(", ")}]`,
  };
  const lines = Object.entries(options).map(([name, value]) => `    ${name} ${value}`);
  return `CREATE OR REPLACE SECRET "${source.Storage.replaceAll('"', '""')}" (\n${lines.join(",\n")}\n);\n`;
}

/** A catalog's properties for `.pyiceberg.yaml`. The user adds the catalog itself to them. A JSON text is YAML, too. */
function pyiceberg(source: FormatSource): string {
  const properties = {
    "s3.endpoint": source.Endpoint,
    "s3.region": source.Region,
    "s3.access-key-id": source.AccessKeyId,
    "s3.secret-access-key": source.SecretAccessKey,
    ...(source.Token !== "" && { "s3.session-token": source.Token }),
    "s3.force-virtual-addressing": String(!source.PathStyleAccess),
  };
  const lines = Object.entries(properties).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`);
  return `catalog:\n  ${JSON.stringify(source.Storage)}:\n${lines.join("")}`;
}

/** Hadoop's `core-site.xml`. */
function coreSite(source: FormatSource): string {
  const prefix = s3aBucketPrefix(source.Bucket);
  const properties = Object.entries(s3aProperties(source)).map(
    ([name, value]) =>
      `  <property>\n    <name>${prefix}${name}</name>\n    <value>${escapeXml(value)}</value>\n  </property>\n`,
  );
  return `<configuration>\n${properties.join("")}</configuration>\n`;
}

const quoteForSql = (text: string) => `'${text.replaceAll("'", "''")}'`;
const escapeXml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
