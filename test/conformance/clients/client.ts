import type { Life } from "./short-sts.ts";

/** Where a client is to work, and as whom. */
export interface Place {
  /** Of the credentials: keyvend's own address, with storage and target. */
  url: string;
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
  /** Environment variables; `{url}`, `{token file}`, `{token}`, `{endpoint}` and `{region}` stand for what is in a `Place`. */
  environment: Readonly<Record<string, string>>;
  /** What is set in its own configuration or code, as the test sets it. */
  settings?: readonly string[];
  /** Besides, for stores that do not know AWS's newer checksums. */
  forOlderStores?: Readonly<Record<string, string>>;
  /** Seconds before the expiration at which it comes back; 0 for one that waits until it is refused. */
  refreshesAhead: Life["told"];
  /** What it cannot do. */
  limits?: readonly string[];
  /** Sees to it that it is there, and starts it. Throws, naming the line that installs it, where it cannot be had. */
  start(place: Place, environment: Record<string, string>): Promise<Working>;
}

/** By the variables that every AWS SDK knows. */
export const containerCredentials = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "{url}",
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "{token file}",
};

/** Where S3 is, by the variables that every recent AWS SDK knows. */
export const s3Address = { AWS_ENDPOINT_URL_S3: "{endpoint}", AWS_REGION: "{region}" };

/** Stores that know neither checksums in trailers nor the newer checksums, as Ceph before its release 19. */
export const withoutNewChecksums = {
  AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
  AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
};

/** The client's environment, and nothing of this process's but where commands are. */
export function environmentOf(client: Client, place: Place, olderStore: boolean): Record<string, string> {
  const { url, tokenFile, token, endpoint, region, home } = place;
  const values: Record<string, string> = { url, "token file": tokenFile, token, endpoint, region };
  const variables = { ...client.environment, ...(olderStore && client.forOlderStores) };
  const filled = Object.entries(variables).map(([name, value]) => [
    name,
    value.replace(/\{([a-z ]+)\}/g, (_, of: string) => values[of] ?? ""),
  ]);
  return { PATH: process.env["PATH"] ?? "", HOME: home, ...Object.fromEntries(filled) };
}
