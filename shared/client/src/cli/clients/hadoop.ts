import type { ClientSettings } from "./client-settings.ts";
import { s3aBucketProperties } from "./s3a.ts";

/** `core-site.xml`. */
export const hadoop: ClientSettings = {
  secrets: true,
  write: (place, keys) => {
    const properties = s3aBucketProperties(place, keys).map(
      ([name, value]) =>
        `  <property>\n    <name>${escaped(name)}</name>\n    <value>${escaped(value)}</value>\n  </property>\n`,
    );
    return `<configuration>\n${properties.join("")}</configuration>\n`;
  },
};

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
