import * as z from "zod/mini";

/** The bodies of the formats that are JSON, except for the contract's own. `shared/formats` makes them. */

const millisecondsAsText = z.string().check(z.regex(/^\d+$/));
const booleanAsText = z.enum(["true", "false"]);

export const processOutput = z.object({
  Version: z.literal(1),
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  SessionToken: z.exactOptional(z.string()),
  Expiration: z.iso.datetime(),
});

export const icebergCredentials = z.object({
  "storage-credentials": z
    .array(
      z.object({
        prefix: z.string().check(z.startsWith("s3://")),
        config: z.object({
          "s3.access-key-id": z.string(),
          "s3.secret-access-key": z.string(),
          "s3.session-token": z.exactOptional(z.string()),
          "s3.session-token-expires-at-ms": millisecondsAsText,
          "s3.endpoint": z.url(),
          "s3.path-style-access": booleanAsText,
          "client.region": z.string(),
        }),
      }),
    )
    .check(z.length(1)),
});

export const flussToken = z.object({
  schema: z.literal("s3"),
  token: z.base64(),
  expiration_time: z.exactOptional(z.int()),
  addition_info: z.array(z.object({ key: z.string(), value: z.string() })),
});
