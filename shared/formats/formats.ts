import type { CredentialsFormat } from "../contract.ts";
import { container } from "./container.ts";
import { env } from "./env.ts";
import { fluss } from "./fluss.ts";
import type { Format, JsonFormat } from "./format.ts";
import { hadoop } from "./hadoop.ts";
import { iceberg } from "./iceberg.ts";
import { process } from "./process.ts";

/** Every format. The service, its description and the CLI read them here; a format that is missing does not compile. */
export const formats = { container, process, iceberg, fluss, hadoop, env } satisfies Record<
  CredentialsFormat,
  Format
>;

/** The formats whose answers are JSON, and so have a schema in the description of the API. */
export type JsonFormatName = {
  [Name in CredentialsFormat]: (typeof formats)[Name] extends JsonFormat ? Name : never;
}[CredentialsFormat];
