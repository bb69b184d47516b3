import { type Client, containerCredentials, noNewline, s3Address, withoutNewChecksums } from "../client.ts";
import { startPython } from "./python.ts";

/** The common part of the clients whose programs are in this folder. `program` is the file. */
const onPython = (program: string) =>
  ({
    source: "PyPI",
    environment: { ...containerCredentials, ...s3Address },
    start: (place, env) => startPython(program, place, env),
  }) satisfies Partial<Client>;

/** For all clients that are built on botocore: it refreshes credentials that have less than 15 minutes left. */
export const botocoreSettings = {
  environment: { ...containerCredentials, ...s3Address },
  forOlderStores: withoutNewChecksums,
  refreshes: 900,
  limits: [noNewline, "Waits 2 s for an answer. Before botocore 1.42.5: credentials from loopback only."],
};

export const boto3: Client = {
  ...onPython("with_boto3.py"),
  ...botocoreSettings,
  name: "boto3",
  title: "boto3 (Python)",
  version: "1.44.5",
};

export const pyarrow: Client = {
  ...onPython("with_pyarrow.py"),
  name: "pyarrow",
  title: "PyArrow (AWS SDK for C++)",
  version: "26.0.1",
  forOlderStores: withoutNewChecksums,
  settings: ["S3FileSystem(endpoint_override=…, region=…)"],
  refreshes: 5,
};

export const pyiceberg: Client = {
  ...onPython("with_pyiceberg.py"),
  name: "pyiceberg",
  title: "PyIceberg (PyArrowFileIO)",
  version: "0.12.0",
  forOlderStores: withoutNewChecksums,
  settings: ["s3.endpoint", "s3.region"],
  refreshes: 5,
};

export const polars: Client = {
  ...onPython("with_polars.py"),
  name: "polars",
  title: "Polars",
  version: "2.1.0",
  settings: ["credential_provider=None"],
  longTermKeyBy: "the variables of `format=env`",
  refreshes: 300,
  limits: [
    "With boto3 installed and without credential_provider=None, Polars reads key, secret and token from boto3 one by one: " +
      "with less than 15 minutes left, boto3 refreshes in between, and they do not fit together.",
  ],
};

export const minioPython: Client = {
  ...onPython("with_minio.py"),
  name: "minio-py",
  title: "MinIO SDK for Python",
  version: "7.2.20",
  settings: ["Minio(credentials=IamAwsProvider())"],
  refreshes: 10,
};

export const duckdb: Client = {
  ...onPython("with_duckdb.py"),
  name: "duckdb",
  title: "DuckDB",
  source: "PyPI, with duckdb-extension-httpfs and -aws",
  version: "1.5.5",
  settings: [
    "CREATE SECRET (TYPE s3, PROVIDER credential_chain, REFRESH auto, ENDPOINT …, URL_STYLE 'path')",
  ],
  refreshes: "when it is refused",
  limits: [
    "Comes back when it is refused, by itself for reads only: S3 refuses an expired token with 400, for which a write is " +
      "not tried again. CREATE OR REPLACE SECRET before a long job's writes.",
    "2.0.0, the current version, downloads its S3 support; the 1.5.5 packages of PyPI bring it along.",
  ],
};
