import type { Settings } from "../settings.ts";
import type { ClientSettings } from "./client-settings.ts";

/** A profile for `~/.aws/config`, which all AWS SDKs read. */
export const awsCli: ClientSettings = {
  secrets: false,
  write: ({ storage, endpoint, region, forcePathStyle }, settings) => `[profile ${storage}]
credential_process = ${credentialProcess(settings)}
region = ${region}
services = ${storage}
s3 =
  addressing_style = ${forcePathStyle ? "path" : "auto"}

[services ${storage}]
s3 =
  endpoint_url = ${endpoint}
`,
};

/** The same question as was asked here. Of an identity, it names the source and never holds the token. */
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
    [values ?? []].flat().flatMap((value) => [`--${name}`, quoted(String(value))]),
  );
  return ["keyvend credential-process", ...words].join(" ");
}

/** As botocore splits it, by a POSIX shell's rules; other SDKs give it to a shell. */
const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
