import type { ClientSettings } from "./client-settings.ts";
import { s3aBucketProperties } from "./s3a.ts";

/** `spark-defaults.conf`, which is a Java properties file: there, a backslash escapes. */
export const spark: ClientSettings = {
  secrets: true,
  write: (place, keys) =>
    s3aBucketProperties(place, keys)
      .map(([name, value]) => `spark.hadoop.${name} ${value.replaceAll("\\", "\\\\")}\n`)
      .join(""),
};
