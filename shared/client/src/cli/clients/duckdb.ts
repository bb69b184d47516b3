import type { FormatSource } from "../../../../formats/format.ts";

/** A secret of DuckDB's httpfs, for what the credentials reach and nothing else. */
export function duckdb(source: FormatSource): string {
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

const quoteForSql = (text: string) => `'${text.replaceAll("'", "''")}'`;
