import type { FormatSource } from "../../../../formats/format.ts";
import { javaProperties } from "../../../../formats/hadoop.ts";
import { s3aBucketPrefix, s3aProperties } from "../../../../formats/s3a.ts";

/** Clients that reach S3 through Hadoop's S3A. Each reads the same properties in a file of its own. */

/** `spark-defaults.conf`, which is a Java properties file. */
export const spark = (source: FormatSource): string =>
  javaProperties(`spark.hadoop.${s3aBucketPrefix(source.Bucket)}`, s3aProperties(source));

/** Hadoop's `core-site.xml`. */
export function coreSite(source: FormatSource): string {
  const prefix = s3aBucketPrefix(source.Bucket);
  const properties = Object.entries(s3aProperties(source)).map(
    ([name, value]) =>
      `  <property>\n    <name>${prefix}${name}</name>\n    <value>${escapeXml(value)}</value>\n  </property>\n`,
  );
  return `<configuration>\n${properties.join("")}</configuration>\n`;
}

/** Flink's `config.yaml`. Its S3 file systems hand `s3.*` on to S3A. They know one storage, whatever its bucket. */
export const flink = (source: FormatSource): string =>
  Object.entries(s3aProperties(source))
    .map(([name, value]) => `s3.${name}: ${JSON.stringify(value)}\n`)
    .join("");

const escapeXml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
