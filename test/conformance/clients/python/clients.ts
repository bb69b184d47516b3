import { type Client, containerCredentials, noNewline, s3Address, withoutNewChecksums } from "../client.ts";
import { startPython } from "./python.ts";

/** botocore, for all that is built on it: whoever holds less than 15 minutes is told to come back. */
export const botocoreSettings = {
  environment: { ...containerCredentials, ...s3Address },
  forOlderStores: withoutNewChecksums,
  refreshes: 900,
  limits: [noNewline, "Waits 2 s for an answer. Before botocore 1.42.5: credentials from loopback only."],
};

export const boto3: Client = {
  ...botocoreSettings,
  name: "boto3",
  title: "boto3 (Python)",
  source: "PyPI",
  version: "1.44.5",
  start: (place, env) => startPython("with_boto3.py", place, env),
};

export const pyarrow: Client = {
  name: "pyarrow",
  title: "PyArrow (AWS SDK for C++)",
  source: "PyPI",
  version: "26.0.1",
  environment: { ...containerCredentials, ...s3Address },
  forOlderStores: withoutNewChecksums,
  settings: ["S3FileSystem(endpoint_override=…, region=…)"],
  refreshes: 5,
  start: (place, env) => startPython("with_pyarrow.py", place, env),
};

export const pyiceberg: Client = {
  name: "pyiceberg",
  title: "PyIceberg (PyArrowFileIO)",
  source: "PyPI",
  version: "0.12.0",
  environment: { ...containerCredentials, ...s3Address },
  forOlderStores: withoutNewChecksums,
  settings: ["s3.endpoint", "s3.region"],
  refreshes: 5,
  start: (place, env) => startPython("with_pyiceberg.py", place, env),
};

export const polars: Client = {
  name: "polars",
  title: "Polars",
  source: "PyPI",
  version: "2.1.0",
  environment: { ...containerCredentials, ...s3Address },
  settings: ["credential_provider=None"],
  refreshes: 300,
  limits: [
    "With boto3 installed and without credential_provider=None, Polars reads key, secret and token from boto3 one by one: " +
      "with less than 15 minutes left, boto3 refreshes in between, and they do not fit together.",
  ],
  start: (place, env) => startPython("with_polars.py", place, env),
};

export const minioPython: Client = {
  name: "minio-py",
  title: "MinIO SDK for Python",
  source: "PyPI",
  version: "7.2.20",
  environment: { ...containerCredentials, ...s3Address },
  settings: ["Minio(credentials=IamAwsProvider())"],
  refreshes: 10,
  start: (place, env) => startPython("with_minio.py", place, env),
};

export const duckdb: Client = {
  name: "duckdb",
  title: "DuckDB",
  source: "PyPI, with duckdb-extension-httpfs and -aws",
  version: "1.5.5",
  environment: { ...containerCredentials, ...s3Address },
  settings: [
    "CREATE SECRET (TYPE s3, PROVIDER credential_chain, REFRESH auto, ENDPOINT …, URL_STYLE 'path')",
  ],
  refreshes: "when it is refused",
  limits: [
    "Comes back when it is refused, by itself for reads only: S3 refuses an expired token with 400, for which a write is " +
      "not tried again. CREATE OR REPLACE SECRET before a long job's writes.",
    "2.0.0, the current version, downloads its S3 support; the 1.5.5 packages of PyPI bring it along.",
  ],
  start: (place, env) => startPython("with_duckdb.py", place, env),
};
