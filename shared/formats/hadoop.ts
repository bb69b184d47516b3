import type { CredentialsAnswer, StorageAddress } from "../contract.ts";
import type { Formatted } from "./formatted.ts";
import { s3aAddress } from "./s3a-address.ts";

/**
 * Properties of Hadoop's S3A file system, a line each, as `java.util.Properties` reads them: with `spark.hadoop.` before
 * each line a properties file for Spark, with `-D` before it an option for Hadoop's commands.
 *
 * @example hadoop(vended).body // "fs.s3a.endpoint=https://s3.eu-central-1.amazonaws.com\n…"
 */
export function hadoop(vended: CredentialsAnswer | StorageAddress): Formatted {
  const isVended = "AccessKeyId" in vended;
  const properties = { ...s3aAddress(vended), ...(isVended && credentialsOf(vended)) };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${escaped(value)}\n`);
  return {
    body: lines.join(""),
    untold: isVended ? [`expiration ${vended.Expiration}, before which Hadoop must be given new ones`] : [],
  };
}

function credentialsOf({ AccessKeyId, SecretAccessKey, Token }: CredentialsAnswer): Record<string, string> {
  const keys = { "fs.s3a.access.key": AccessKeyId, "fs.s3a.secret.key": SecretAccessKey };
  const provider = (name: string) => ({
    "fs.s3a.aws.credentials.provider": `org.apache.hadoop.fs.s3a.${name}`,
  });
  // The temporary provider finds no credentials where there is no session token.
  return Token === ""
    ? { ...keys, ...provider("SimpleAWSCredentialsProvider") }
    : { ...keys, "fs.s3a.session.token": Token, ...provider("TemporaryAWSCredentialsProvider") };
}

/** A value in a properties file: Latin-1, without line breaks, and no blank where it would be skipped. */
function escaped(value: string): string {
  return value
    .replaceAll("\\", "\\\\")
    .replace(/^ /, "\\ ")
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
