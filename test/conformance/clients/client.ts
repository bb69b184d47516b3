/** Where a client is to work, and as whom. */
export interface Place {
  /** keyvend's own address, one of its storages, and the prefix there that is asked for. */
  service: string;
  storage: string;
  target: string;
  /** A file with the caller's OIDC token. */
  tokenFile: string;
  token: string;
  endpoint: string;
  region: string;
  bucket: string;
  /** An empty folder of its own. */
  home: string;
}

/** A client at work. What S3 refuses is thrown, in the client's own words. */
export interface Working {
  put(key: string, body: string): Promise<void>;
  get(key: string): Promise<string>;
  /** The keys under a prefix. */
  list(prefix: string): Promise<string[]>;
  /** As the client itself says. */
  version(): Promise<string>;
  /** Only where every operation is a process of its own: uploads a folder, so slowly that its first session ends. */
  uploadSlowly?(folder: string, prefix: string): Promise<void>;
  close(): Promise<void>;
}

/** An S3 client that people have, as it comes, and the settings by which it uses keyvend: a row of the README's table. */
export interface Client {
  /** For the command line: `npm run conformance -- clients boto3`. */
  name: string;
  title: string;
  source: string;
  version: string;
  /** Environment variables; names in braces stand for what is in a `Place`, and `{url}` for that of the credentials. */
  environment: Readonly<Record<string, string>>;
  /** What is set in its own configuration or code, as the test sets it. */
  settings?: readonly string[];
  /** Besides, for stores that do not know AWS's newer checksums. */
  forOlderStores?: Readonly<Record<string, string>>;
  /** When it comes back: seconds before the expiration, or in words where that is no fixed time. */
  refreshes: number | string;
  /** It sends an ACL with every object: AWS asks for s3:PutObjectAcl then, which no scope of keyvend has. */
  sendsAcl?: true;
  /** What it cannot do. */
  limits?: readonly string[];
  /** Sees to it that it is there, and starts it. Throws, naming the line that installs it, where it cannot be had. */
  start(place: Place, environment: Record<string, string>): Promise<Working>;
}

/** By the variables that every AWS SDK knows. */
export const containerCredentials = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "{url}",
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "{tokenFile}",
};

/** Measured of several: they send the file's content as it is. */
export const noNewline = "The token file must not end in a newline: `printf '%s'`.";

/** Where S3 is, by the variables that every recent AWS SDK knows. */
export const s3Address = { AWS_ENDPOINT_URL_S3: "{endpoint}", AWS_REGION: "{region}" };

/** Stores that know neither checksums in trailers nor the newer checksums, as Ceph's gateway 16. */
export const withoutNewChecksums = {
  AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
  AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
};

/** The client's environment, and nothing of this process's but where commands are. */
export function environmentOf(client: Client, place: Place, olderStore: boolean): Record<string, string> {
  const { service, storage, target, home } = place;
  const url = `${service}/v1/storages/${storage}/credentials?target=${target}`;
  const values: Readonly<Record<string, string>> = { ...place, url };
  const variables = { ...client.environment, ...(olderStore && client.forOlderStores) };
  const filled = Object.entries(variables).map(([name, value]) => [
    name,
    value.replace(/\{([a-zA-Z]+)\}/g, (_, of: string) => values[of] ?? ""),
  ]);
  return { PATH: process.env["PATH"] ?? "", HOME: home, ...Object.fromEntries(filled) };
}
