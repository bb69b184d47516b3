import { resolve } from "node:path";
import type { StorageAddress } from "../../../../contract.ts";
import { javaProperties } from "../../../../formats/hadoop.ts";
import { quoteForShell, quoteForWindows } from "../../../../formats/quoting.ts";
import { s3aAddress, s3aBucketPrefix } from "../../../../formats/s3a.ts";
import { type CommandIo, UsageError } from "../command-line.ts";
import { ownCommand } from "../own-command.ts";
import type { Settings } from "../settings.ts";

/** Settings of clients that come for credentials themselves: an address, and nothing secret. */
export const clientsWithoutCredentials: Record<
  string,
  (address: StorageAddress, settings: Settings, io: CommandIo) => string
> = { rclone, "aws-cli": awsCli, profile, hadoop, spark, flink };

/** A remote for `rclone.conf`. `env_auth` takes the credentials of `keyvend exec`, and keeps them fresh. */
function rclone({ Storage, Bucket, Endpoint, Region, PathStyleAccess }: StorageAddress): string {
  return `# keyvend exec --storage ${Storage} -- rclone ls ${Storage}:${Bucket}
[${Storage}]
type = s3
provider = Other
env_auth = true
endpoint = ${Endpoint}
region = ${Region}
force_path_style = ${PathStyleAccess}
`;
}

/** A profile for `~/.aws/config`, which all AWS SDKs read. */
function awsCli(
  { Storage, Endpoint, Region, PathStyleAccess }: StorageAddress,
  settings: Settings,
  io: CommandIo,
): string {
  return `[profile ${Storage}]
credential_process = ${credentialProcess(settings, io)}
region = ${Region}
services = ${Storage}
s3 =
  addressing_style = ${PathStyleAccess ? "path" : "auto"}

[services ${Storage}]
s3 =
  endpoint_url = ${Endpoint}
`;
}

/**
 * A profile for `~/.aws/credentials`, which the AWS SDKs for Java read for S3A. Its section has a plain name there, and it
 * has no address: S3A has one of its own.
 */
function profile({ Storage }: StorageAddress, settings: Settings, io: CommandIo): string {
  return `[${Storage}]\ncredential_process = ${credentialProcess(settings, io)}\n`;
}

/** Properties of S3A, which holds nothing secret and comes for credentials by the profile. */
function hadoop(address: StorageAddress): string {
  return s3aByProfile("", address);
}

/** The same for `spark-defaults.conf`. */
function spark(address: StorageAddress): string {
  return s3aByProfile("spark.hadoop.", address);
}

function s3aByProfile(prefix: string, address: StorageAddress): string {
  const { Storage, Bucket } = address;
  const bucketPrefix = prefix + s3aBucketPrefix(Bucket);
  const byProfile = {
    [provider]: "org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider",
    "auth.profile.name": Storage,
  };
  return `${aboutProfile}${javaProperties(bucketPrefix, s3aAddress(address))}\
# Hadoop 3.4.2 and later (Spark 4.1 and later): each bucket has a profile of its own.
${javaProperties(bucketPrefix, byProfile)}\
# Hadoop 3.3 (Spark 3.5), instead of these two lines: one profile for all buckets, AWS_PROFILE=${Storage} in the environment.
# ${javaProperties(bucketPrefix, { [provider]: profileOfSdk1 })}\
# Without a profile: keyvend exec -- CMD, and no provider here. With keys, until they expire: keyvend config core-site.
`;
}

/** Flink's `config.yaml`. Its S3 file systems hand `s3.*` on to S3A. They know one storage, whatever its bucket. */
function flink(address: StorageAddress): string {
  const properties = { ...s3aAddress(address), [provider]: profileOfSdk1 };
  const lines = Object.entries(properties).map(([name, value]) => `s3.${name}: ${JSON.stringify(value)}\n`);
  return `${aboutProfile}# Set AWS_PROFILE=${address.Storage} in the environment of Flink's processes.\n${lines.join("")}`;
}

const provider = "aws.credentials.provider";
const profileOfSdk1 = "com.amazonaws.auth.profile.ProfileCredentialsProvider";
const aboutProfile = `# Nothing here is secret: S3A takes credentials from a profile, which comes for new ones in time. Write it once, on
# each machine that reads or writes, with the same options: keyvend config profile >> ~/.aws/credentials
`;

/**
 * The same question as was asked here. It names the source of the identity and never holds the token. SDKs run it in
 * whatever folder they are.
 */
function credentialProcess({ identity, ...settings }: Settings, { env, err }: CommandIo): string {
  const isToken = identity.kind === "token";
  const tokenFile = identity.tokenFile ?? (isToken ? env["KEYVEND_TOKEN_FILE"] : undefined);
  if (isToken && !tokenFile)
    err(
      "keyvend: this profile names no token: it works only where KEYVEND_TOKEN is set. With --token-file it works everywhere.\n",
    );
  const options = {
    url: settings.url,
    storage: settings.storage,
    target: settings.target,
    permission: settings.permission,
    duration: settings.durationSeconds,
    identity: isToken ? undefined : identity.kind,
    audience: identity.audience === "keyvend" ? undefined : identity.audience,
    "token-file": tokenFile && resolve(tokenFile),
  };
  const words = Object.entries(options).flatMap(([name, values]) =>
    [values ?? []].flat().flatMap((value) => [`--${name}`, String(value)]),
  );
  return commandLine([...ownCommand(env), "credential-process", ...words], process.platform);
}

/**
 * A call for `credential_process`. On Windows botocore splits the line by the rules of C and other SDKs
 * give it to cmd; elsewhere by a POSIX shell's rules, and to such a shell. A profile's reader may end a value at a
 * comment, and always ends it with the line.
 *
 * @throws UsageError for a word that does not arrive
 * @example commandLine(["keyvend", "storages", "--url", "https://x/a b"], "linux") // "keyvend storages --url 'https://x/a b'"
 */
export function commandLine(words: readonly string[], platform: NodeJS.Platform): string {
  const isWindows = platform === "win32";
  const quoted = words.map((word) => {
    if (/^[\w@+=:,./-]+$/.test(word)) return word;
    const text = isWindows ? quoteForWindows(word) : quoteForShell(word);
    if (text === undefined || /\p{Cc}|\s[#;]/u.test(word))
      throw new UsageError(`No profile can hold ${JSON.stringify(word)}: give it another name.`);
    return text;
  });
  return quoted.join(" ");
}
