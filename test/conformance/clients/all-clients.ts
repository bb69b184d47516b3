import { awsCli, awsCliDebian, keyvendExec } from "./aws-cli/clients.ts";
import type { Client } from "./client.ts";
import { awsSdkGo, minioGo } from "./go/clients.ts";
import { awsSdkJava } from "./java/client.ts";
import { awsSdkJavascript } from "./javascript/client.ts";
import { boto3, duckdb, minioPython, polars, pyarrow, pyiceberg } from "./python/clients.ts";
import { rclone } from "./rclone/client.ts";
import { awsSdkRuby } from "./ruby/client.ts";
import { objectStore } from "./rust/client.ts";
import { s3fs } from "./s3fs/client.ts";

/** All clients, in the order of the README's table. */
export const allClients: readonly Client[] = [
  awsSdkJavascript,
  boto3,
  awsCli,
  awsCliDebian,
  awsSdkGo,
  awsSdkJava,
  awsSdkRuby,
  objectStore,
  pyarrow,
  s3fs,
  pyiceberg,
  polars,
  duckdb,
  minioPython,
  minioGo,
  rclone,
  keyvendExec,
];
