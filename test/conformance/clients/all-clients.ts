import type { Client } from "./client.ts";
import { awsSdkJavascript } from "./javascript/client.ts";
import { boto3, duckdb, minioPython, polars, pyarrow, pyiceberg } from "./python/clients.ts";
import { s3fs } from "./s3fs/client.ts";

/** In the order of the README's table. */
export const allClients: readonly Client[] = [
  awsSdkJavascript,
  boto3,
  s3fs,
  pyarrow,
  pyiceberg,
  polars,
  duckdb,
  minioPython,
];
