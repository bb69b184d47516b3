import type { BackendKey } from "../backend.ts";
import { queryCall } from "../query-call.ts";

/** An IAM policy document. Its content is up to the test. */
interface CephPolicy {
  Version: "2012-10-17";
  Statement: readonly object[];
}

/** The work of an operator of Ceph's gateway before keyvend can use it. */
export interface CephAdmin {
  /** The operator's own key. It may manage users' policies and roles, and owns what it creates. */
  key: BackendKey;
  createUser(name: string): Promise<BackendKey>;
  /** Gives the user a key, or the key another secret. */
  putKey(user: string, key: BackendKey): Promise<void>;
  removeKey(user: string, accessKeyId: string): Promise<void>;
  /** Runs `radosgw-admin`. Returns what it prints. */
  run: RadosgwAdmin;
  /** Adds a policy to a user. A user can call GetSessionToken only if a policy allows it. */
  putUserPolicy(user: string, policy: CephPolicy): Promise<void>;
  /** Returns the role's ARN, which on Ceph has no account. */
  createRole(name: string, policies: { trust: CephPolicy; permissions: CephPolicy }): Promise<string>;
}

type RadosgwAdmin = (...args: string[]) => Promise<string>;

/** The region goes only into the signature. Ceph accepts any. */
export const cephRegion = "us-east-1";

/** Creates the operator, by `radosgw-admin`; everything else goes through the gateway's IAM API. */
export async function cephAdmin(endpoint: string, radosgwAdmin: RadosgwAdmin): Promise<CephAdmin> {
  const createUser = async (name: string, ...caps: string[]): Promise<BackendKey> => {
    const json = await radosgwAdmin("user", "create", "--uid", name, "--display-name", name, ...caps);
    const { keys } = JSON.parse(json) as { keys: [{ access_key: string; secret_key: string }] };
    return { accessKeyId: keys[0].access_key, secretAccessKey: keys[0].secret_key };
  };
  const key = await createUser("operator", "--caps", "roles=*;user-policy=*");
  const iam = (parameters: Record<string, string>) => callIam(endpoint, key, parameters);

  return {
    key,
    createUser,
    run: radosgwAdmin,
    async putKey(user, { accessKeyId, secretAccessKey }) {
      const key = ["--access-key", accessKeyId, "--secret-key", secretAccessKey];
      await radosgwAdmin("key", "create", "--uid", user, "--key-type", "s3", ...key);
    },
    async removeKey(user, accessKeyId) {
      await radosgwAdmin("key", "rm", "--uid", user, "--key-type", "s3", "--access-key", accessKeyId);
    },
    async putUserPolicy(user, policy) {
      await iam({
        Action: "PutUserPolicy",
        UserName: user,
        PolicyName: "access",
        PolicyDocument: JSON.stringify(policy),
      });
    },
    async createRole(name, { trust, permissions }) {
      await iam({
        Action: "CreateRole",
        RoleName: name,
        AssumeRolePolicyDocument: JSON.stringify(trust),
      });
      await iam({
        Action: "PutRolePolicy",
        RoleName: name,
        PolicyName: "access",
        PolicyDocument: JSON.stringify(permissions),
      });
      return `arn:aws:iam:::role/${name}`;
    },
  };
}

async function callIam(endpoint: string, key: BackendKey, parameters: Record<string, string>): Promise<void> {
  const body = new URLSearchParams(parameters).toString();
  const response = await queryCall(endpoint, { service: "iam", region: cephRegion, key }, body);
  if (!response.ok) {
    throw new Error(`Ceph answered ${response.status}: ${await response.text()}`);
  }
}
