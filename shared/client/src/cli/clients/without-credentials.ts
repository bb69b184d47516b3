import type { StorageAddress } from "../../../../contract.ts";
import { quoteForShell } from "../../../../formats/quoting.ts";
import type { Settings } from "../settings.ts";

/** Settings of clients that come for credentials themselves: an address, and nothing secret. */
export const clientsWithoutCredentials: Record<
  string,
  (address: StorageAddress, settings: Settings) => string
> = { rclone, "aws-cli": awsCli };

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
function awsCli({ Storage, Endpoint, Region, PathStyleAccess }: StorageAddress, settings: Settings): string {
  return `[profile ${Storage}]
credential_process = ${credentialProcess(settings)}
region = ${Region}
services = ${Storage}
s3 =
  addressing_style = ${PathStyleAccess ? "path" : "auto"}

[services ${Storage}]
s3 =
  endpoint_url = ${Endpoint}
`;
}

/** The same question as was asked here. It names the source of the identity and never holds the token. */
function credentialProcess({ identity, ...settings }: Settings): string {
  const options = {
    url: settings.url,
    storage: settings.storage,
    target: settings.target,
    permission: settings.permission,
    duration: settings.durationSeconds,
    identity: identity.kind === "token" ? undefined : identity.kind,
    audience: identity.audience === "keyvend" ? undefined : identity.audience,
    "token-file": identity.tokenFile,
  };
  const words = Object.entries(options).flatMap(([name, values]) =>
    [values ?? []].flat().flatMap((value) => [`--${name}`, shellWord(String(value))]),
  );
  return ["keyvend credential-process", ...words].join(" ");
}

/** botocore splits the line by a POSIX shell's rules; other SDKs give it to a shell. */
const shellWord = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : quoteForShell(text));
