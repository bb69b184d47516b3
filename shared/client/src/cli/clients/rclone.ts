import type { StorageAddress } from "../../../../contract.ts";

/** A remote for `rclone.conf`. `env_auth` takes the credentials of `keyvend exec`, and keeps them fresh. */
export const rclone = ({ Storage, Bucket, Endpoint, Region, PathStyleAccess }: StorageAddress): string =>
  `# keyvend exec --storage ${Storage} -- rclone ls ${Storage}:${Bucket}
[${Storage}]
type = s3
provider = Other
env_auth = true
endpoint = ${Endpoint}
region = ${Region}
force_path_style = ${PathStyleAccess}
`;
