import { type ClientSettings, present } from "./client-settings.ts";

/** A secret of DuckDB's httpfs, for what the credentials reach and nothing else. */
export const duckdb: ClientSettings = {
  secrets: true,
  write: ({ storage, endpoint, region, forcePathStyle, targets }, keys) => {
    const { host, pathname, protocol } = new URL(endpoint);
    const entries = present({
      TYPE: "s3",
      PROVIDER: "config",
      KEY_ID: quoted(keys.accessKeyId),
      SECRET: quoted(keys.secretAccessKey),
      SESSION_TOKEN: keys.sessionToken && quoted(keys.sessionToken),
      // Without the scheme, which USE_SSL tells.
      ENDPOINT: quoted(host + pathname.replace(/\/$/, "")),
      REGION: quoted(region),
      URL_STYLE: forcePathStyle ? "'path'" : "'vhost'",
      USE_SSL: String(protocol === "https:"),
      SCOPE: `[${targets.map(quoted).join(", ")}]`,
    });
    const options = entries.map(([name, value]) => `    ${name} ${value}`).join(",\n");
    return `CREATE OR REPLACE SECRET "${storage.replaceAll('"', '""')}" (\n${options}\n);\n`;
  },
};

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
