/** Where a caller's storage is, and what it may ask for there. */
export interface ClientPlace {
  service: string;
  url: string;
  storage: string;
  bucket: string;
  target: string;
  endpoint: string;
  region: string;
}

/** Settings for one client of the table, whose names in braces are members of a place. */
export interface ClientSettings {
  title: string;
  /** Variables of the environment. */
  environment: readonly string[];
  /** Lines in its own configuration or code. */
  own?: readonly string[];
  /** What else there is to know. */
  notes?: readonly string[];
}

const usual = [
  "AWS_CONTAINER_CREDENTIALS_FULL_URI={url}",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={tokenFile}",
  "AWS_ENDPOINT_URL_S3={endpoint}",
  "AWS_REGION={region}",
];
const older = [
  "AWS_REQUEST_CHECKSUM_CALCULATION=when_required",
  "AWS_RESPONSE_CHECKSUM_VALIDATION=when_required",
];
const loopbackOnly = "It takes credentials from loopback only: put keyvend serve before a service elsewhere.";
const olderStores = `Stores that do not know AWS's newer checksums need these besides: ${older.join(" ")}`;
const plainFile = "The token file must not end in a newline: write it by printf '%s'.";

const withUsual = (
  title: string,
  own: readonly string[] = [],
  notes: readonly string[] = [],
): ClientSettings => ({
  title,
  environment: usual,
  own,
  notes,
});

const profile = ["keyvend config profile >> ~/.aws/credentials"];

/**
 * The clients of the table of clients and platforms, which the conformance run proves (test/conformance/clients/README.md); a test
 * compares the two.
 */
export const clients: readonly ClientSettings[] = [
  withUsual(
    "AWS SDK for JavaScript v3",
    ["new S3Client({ forcePathStyle: true })"],
    [plainFile, olderStores],
  ),
  withUsual("boto3 (Python)", [], [plainFile, olderStores]),
  withUsual("AWS CLI", [], [plainFile, olderStores]),
  {
    title: "AWS CLI v2, Debian 12",
    environment: [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI={url}",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN={token}",
      "AWS_REGION={region}",
    ],
    own: ["--endpoint-url {endpoint}"],
    notes: [loopbackOnly],
  },
  withUsual("AWS SDK for Go v2", ["UsePathStyle = true"], [olderStores]),
  withUsual("AWS SDK for Java v2", ["S3Client.builder().forcePathStyle(true)"], [olderStores]),
  withUsual("AWS SDK for Ruby v3, Debian 13", ["Aws::S3::Client.new(force_path_style: true)"]),
  {
    title: "object_store (Rust: DataFusion, delta-rs, Polars)",
    environment: [...usual, "AWS_ALLOW_HTTP=true"],
    notes: ["AWS_ALLOW_HTTP is for a service or a store on plain HTTP only."],
  },
  withUsual("PyArrow (AWS SDK for C++)", ["S3FileSystem(endpoint_override=…, region=…)"], [olderStores]),
  withUsual("s3fs (fsspec: pandas, Dask)", [], [plainFile, olderStores]),
  withUsual("PyIceberg (PyArrowFileIO)", ["s3.endpoint", "s3.region"], [olderStores]),
  withUsual("Polars", ["credential_provider=None"]),
  withUsual("DuckDB", [
    "CREATE SECRET (TYPE s3, PROVIDER credential_chain, REFRESH auto, ENDPOINT …, URL_STYLE 'path')",
  ]),
  withUsual("MinIO SDK for Python", ["Minio(credentials=IamAwsProvider())"]),
  withUsual("MinIO SDK for Go", ['credentials.NewIAM("")']),
  {
    title: "rclone, Debian 12",
    environment: [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI={url}",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN={token}",
      "RCLONE_CONFIG_KEYVEND_TYPE=s3",
      "RCLONE_CONFIG_KEYVEND_PROVIDER=Other",
      "RCLONE_CONFIG_KEYVEND_ENV_AUTH=true",
      "RCLONE_CONFIG_KEYVEND_ENDPOINT={endpoint}",
      "RCLONE_CONFIG_KEYVEND_REGION={region}",
      "RCLONE_S3_NO_CHECK_BUCKET=true",
    ],
    notes: [loopbackOnly],
  },
  {
    title: "any of them under keyvend exec: here the AWS CLI",
    environment: [
      "KEYVEND_URL={service}",
      "KEYVEND_STORAGE={storage}",
      "KEYVEND_TARGET={target}",
      "KEYVEND_TOKEN_FILE={tokenFile}",
    ],
    own: ["keyvend exec -- aws s3 ls {target}"],
    notes: [olderStores],
  },
  {
    title: "Hadoop S3A 3.3",
    environment: ["AWS_PROFILE={storage}"],
    own: [...profile, "keyvend config hadoop, with its line for 3.3"],
  },
  { title: "Hadoop S3A 3.4", environment: [], own: [...profile, "keyvend config hadoop"] },
  {
    title: "Spark, with S3A 3.3.4",
    environment: ["AWS_PROFILE={storage}"],
    own: [...profile, "keyvend config spark, with its line for 3.5"],
  },
  {
    title: "Iceberg S3FileIO (Java)",
    environment: [],
    own: ["client.refresh-credentials-endpoint={url}&format=iceberg", "token={token}"],
    notes: [olderStores],
  },
  {
    title: "Fluss client, with fluss-fs-s3",
    environment: ["KEYVEND_URL={url}&format=fluss", "KEYVEND_TOKEN={token}"],
    own: ["new DefaultSecurityTokenManager(configuration, () -> the answer of {url}&format=fluss)"],
  },
  {
    title: "Flink, flink-s3-fs-hadoop",
    environment: ["AWS_PROFILE={storage}"],
    own: [...profile, "keyvend config flink"],
  },
];

/**
 * A line with what is known of a place filled in. What is secret is no member of a place: `{token}` and `{tokenFile}` become words that
 * their owner replaces.
 *
 * @example filledIn("AWS_REGION={region}", place) // "AWS_REGION=eu-central-1"
 */
export function filledIn(line: string, place: ClientPlace): string {
  const members: Readonly<Record<string, string>> = {
    ...{ service: place.service, url: place.url, storage: place.storage, bucket: place.bucket },
    ...{ target: place.target, endpoint: place.endpoint, region: place.region },
    token: "YOUR_TOKEN",
    tokenFile: "/path/of/your/token",
  };
  return line.replace(/\{(\w+)\}/g, (braces, name: string) =>
    Object.hasOwn(members, name) ? (members[name] ?? "") : braces,
  );
}
