import { type ClientSettings, present } from "./client-settings.ts";

/** A catalog's properties for `.pyiceberg.yaml`; the catalog itself is added to them. */
export const pyiceberg: ClientSettings = {
  secrets: true,
  write: ({ storage, endpoint, region, forcePathStyle }, keys) => {
    const properties = present({
      "s3.endpoint": endpoint,
      "s3.region": region,
      "s3.access-key-id": keys.accessKeyId,
      "s3.secret-access-key": keys.secretAccessKey,
      "s3.session-token": keys.sessionToken,
      "s3.force-virtual-addressing": String(!forcePathStyle),
    });
    const lines = properties.map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`);
    return `catalog:\n  ${JSON.stringify(storage)}:\n${lines.join("")}`;
  },
};
