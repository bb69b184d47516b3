import type { FormatSource } from "../../../../formats/format.ts";

/** A catalog's properties for `.pyiceberg.yaml`. The user adds the catalog itself to them. JSON is YAML, too. */
export function pyiceberg(source: FormatSource): string {
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
