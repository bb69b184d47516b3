import { type Client, containerCredentials, s3Address, withoutNewChecksums } from "../client.ts";
import { startPython } from "./python.ts";

/** botocore, for all that is built on it: whoever holds less than 15 minutes is told to come back. */
export const botocoreSettings = {
  environment: { ...containerCredentials, ...s3Address },
  forOlderStores: withoutNewChecksums,
  refreshesAhead: 900,
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
  refreshesAhead: 5,
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
  refreshesAhead: 5,
  start: (place, env) => startPython("with_pyiceberg.py", place, env),
};

export const polars: Client = {
  name: "polars",
  title: "Polars",
  source: "PyPI",
  version: "2.1.0",
  environment: { ...containerCredentials, ...s3Address },
  settings: ["credential_provider=None"],
  refreshesAhead: 300,
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
  refreshesAhead: 10,
  start: (place, env) => startPython("with_minio.py", place, env),
};

export const duckdb: Client = {
  name: "duckdb",
  title: "DuckDB",
  source: "PyPI (with duckdb-extension-httpfs and -aws)",
  version: "1.5.5",
  environment: { ...containerCredentials, ...s3Address },
  settings: [
    "CREATE SECRET (TYPE s3, PROVIDER credential_chain, REFRESH auto, ENDPOINT …, URL_STYLE 'path')",
  ],
  refreshesAhead: 0,
  start: (place, env) => startPython("with_duckdb.py", place, env),
};
