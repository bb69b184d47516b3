/** The place where a client works, and the identity with which it works. */
export interface ClientPlace {
  /** keyvend's own address, then one of its storages, and the prefix in it that the client requests. */
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

/** A client at work. It throws a refusal by S3, in the client's own words. */
export interface Working {
  put(key: string, body: string): Promise<void>;
  get(key: string): Promise<string>;
  /** The keys under a prefix. */
  list(prefix: string): Promise<string[]>;
  /** The version that the client itself reports. */
  version(): Promise<string>;
  /** For clients whose every operation is a process: uploads a folder so slowly that its first session ends. */
  uploadSlowly?(folder: string, prefix: string): Promise<void>;
  close(): Promise<void>;
}

/** An unmodified S3 client, and the settings by which it uses keyvend. It is a row of the README's table. */
export interface Client<Started extends Working = Working> {
  /** The name for the command line, as in `npm run conformance -- clients boto3`. */
  name: string;
  title: string;
  source: string;
  version: string;
  /** Environment variables. Names in braces are members of a `ClientPlace`, and `{url}` is the address of the credentials. */
  environment: Readonly<Record<string, string>>;
  /** Settings in its own configuration or code, as the test sets them. */
  settings?: readonly string[];
  /** More environment variables, for stores that do not know AWS's newer checksums. */
  forOlderStores?: Readonly<Record<string, string>>;
  /** The time at which it refreshes: seconds before the expiration, or words if it is no fixed time. */
  refreshes: number | string;
  /** It takes seconds to its first operation. */
  startsSlowly?: true;
  /**
   * How it takes a long-term key, if not by these settings: it needs a session token, or makes an empty header of an empty
   * one, which stores refuse.
   */
  longTermKeyBy?: string;
  /** It sends an ACL with every object. AWS then requires s3:PutObjectAcl, which no scope of keyvend has. */
  sendsAcl?: true;
  /** Sentences on what it cannot do. */
  limits?: readonly string[];
  /** Installs the client if needed, and starts it. Throws if it cannot, and names the command that installs it. */
  start(place: ClientPlace, environment: Record<string, string>): Promise<Started>;
}

/** The source of credentials, by the variables that every AWS SDK knows. */
export const containerCredentials = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "{url}",
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "{tokenFile}",
};

/** Measured with several clients: they send the file's content as it is. */
export const noNewline = "The token file must not end in a newline: `printf '%s'`.";

/** The address of S3, by the variables that every recent AWS SDK knows. */
export const s3Address = { AWS_ENDPOINT_URL_S3: "{endpoint}", AWS_REGION: "{region}" };

/** For stores that know neither checksums in trailers nor the newer checksums, such as Ceph's gateway 16. */
export const withoutNewChecksums = {
  AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
  AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
};

/** The client's environment. Of this process's own it has only the paths of commands. */
export function environmentOf(
  client: Pick<Client, "environment" | "forOlderStores">,
  place: ClientPlace,
  olderStore: boolean,
): Record<string, string> {
  const variables = { ...client.environment, ...(olderStore && client.forOlderStores) };
  const filled = Object.entries(variables).map(([name, value]) => [name, filledIn(value, place)]);
  return { PATH: process.env["PATH"] ?? "", HOME: place.home, ...Object.fromEntries(filled) };
}

/** A setting with what stands for each name in braces. */
export function filledIn(setting: string, place: ClientPlace): string {
  const { service, storage, target } = place;
  const url = `${service}/v1/storages/${storage}/credentials?target=${target}`;
  const values: Readonly<Record<string, string>> = { ...place, url };
  return setting.replace(/\{([a-zA-Z]+)\}/g, (_, name: string) => values[name] ?? "");
}
