import type { ClientSettings } from "./client-settings.ts";
import { s3aProperties } from "./s3a.ts";

/** Flink's `config.yaml`; its S3 file systems hand `s3.*` on to S3A. They know one storage, whatever its bucket. */
export const flink: ClientSettings = {
  secrets: true,
  write: (place, keys) =>
    s3aProperties(place, keys)
      .map(([name, value]) => `s3.${name}: ${JSON.stringify(value)}\n`)
      .join(""),
};
