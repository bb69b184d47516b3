import type { ClientSettings } from "./client-settings.ts";

/** A remote for `rclone.conf`. `env_auth` takes the credentials of `keyvend exec`, and keeps them fresh. */
export const rclone: ClientSettings = {
  secrets: false,
  write: ({
    storage,
    bucket,
    endpoint,
    region,
    forcePathStyle,
  }) => `# keyvend exec --storage ${storage} -- rclone ls ${storage}:${bucket}
[${storage}]
type = s3
provider = Other
env_auth = true
endpoint = ${endpoint}
region = ${region}
force_path_style = ${forcePathStyle}
`,
};
