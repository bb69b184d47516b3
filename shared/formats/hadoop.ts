import type { TextFormat } from "./format.ts";
import { type S3aProperties, s3aAddress, s3aPrefix, s3aProperties, s3aWarnings } from "./s3a.ts";

/**
 * Properties of Hadoop's S3A file system. With `spark.hadoop.` before each line it is a properties file for Spark, with
 * `-D` before it an option of Hadoop's commands.
 *
 * @example hadoop.ofCredentials(answer).body // "fs.s3a.endpoint=https://s3.eu-central-1.amazonaws.com\n…"
 */
export const hadoop: TextFormat = {
  description: "`fs.s3a.*` properties, as text.",
  mediaType: "text/plain",
  ofCredentials: (source) => ({
    body: javaProperties(s3aPrefix, s3aProperties(source)),
    omissions: [`expiration ${source.Expiration}, before which Hadoop must be given new ones`],
  }),
  warningsOf: s3aWarnings,
  ofAddress: (address) => ({ body: javaProperties(s3aPrefix, s3aAddress(address)), omissions: [] }),
};

/**
 * Properties, a line each, as `java.util.Properties` reads them.
 *
 * @param prefix stands before each name and is written as it is, like the names
 * @example javaProperties("fs.s3a.", { region: "eu-central-1" }) // "fs.s3a.region=eu-central-1\n"
 */
export function javaProperties(prefix: string, properties: S3aProperties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${prefix}${name}=${escapeJavaValue(value)}\n`)
    .join("");
}

/** A value in a properties file is Latin-1, has no line breaks, and no blank where it would be skipped. */
function escapeJavaValue(value: string): string {
  return value
    .replaceAll("\\", "\\\\")
    .replace(/^ /, "\\ ")
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
