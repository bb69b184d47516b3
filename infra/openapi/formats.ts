import * as z from "zod/mini";
import type { Format } from "../../shared/formats/format.ts";
import { formats, type JsonFormatName } from "../../shared/formats/formats.ts";
import { credentialsAnswer } from "./answers.ts";

const millisecondsAsText = z.string().check(z.regex(/^\d+$/));
const booleanAsText = z.enum(["true", "false"]);

const processOutput = z.object({
  Version: z.literal(1),
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  SessionToken: z.exactOptional(z.string()),
  Expiration: z.iso.datetime(),
});

const icebergCredentials = z.object({
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

/** Iceberg's `IcebergErrorResponse`. */
export const icebergError = z.object({
  error: z.object({ message: z.string(), type: z.string(), code: z.int() }),
});

const flussToken = z.object({
  schema: z.literal("s3"),
  token: z.base64(),
  expiration_time: z.exactOptional(z.int()),
  addition_info: z.array(z.object({ key: z.string(), value: z.string() })),
});

/** The schema of each format that is JSON, and its name in the document. */
export const formatSchemas = {
  container: ["CredentialsAnswer", credentialsAnswer],
  process: ["ProcessOutput", processOutput],
  iceberg: ["IcebergCredentials", icebergCredentials],
  fluss: ["FlussToken", flussToken],
} as const satisfies Record<JsonFormatName, readonly [component: string, schema: z.ZodMiniType]>;

const entries = Object.entries<Format>(formats);

/** The description of each format. */
export const formatDescriptions = Object.fromEntries(
  entries.map(([name, { description }]) => [name, description]),
);

/** The formats whose answers are text. */
export const textFormats = namesWhere(({ mediaType }) => mediaType === "text/plain");

/** The formats that have an answer for a storage that vends nothing. */
export const addressFormats = namesWhere(({ ofAddress }) => ofAddress !== undefined);

/** @returns names in the words of the document: "`fluss`, `hadoop` and `env`" */
function namesWhere(test: (format: Format) => boolean): string {
  const names = entries.filter(([, format]) => test(format)).map(([name]) => `\`${name}\``);
  return new Intl.ListFormat("en-GB").format(names);
}
