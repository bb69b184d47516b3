import type { Permission } from "../../shared/contract.ts";
import type { StsRole } from "../../shared/core/config.ts";
import { parsePrefix } from "../../shared/core/prefix.ts";

/** What a role stands for at the STS door. */
export type RoleRequest = Omit<StsRole, "arn">;

const form =
  /^arn:[a-z][a-z0-9-]{0,62}:iam::(?:\d{12})?:role\/keyvend\/([a-z0-9][a-z0-9-]{0,62})(?:\/(READ|WRITE|READWRITE)(?:\/(.+))?)?$/su;

/**
 * Reads a role's ARN by the door's own grammar: `arn:<any>:iam::<12 digits, or none>:role/keyvend/<storage>`, and behind it
 * `/<permission>`, and behind that `/<folder…>` under the storage's own prefix. Everything is taken literally, and nothing decoded.
 *
 * @returns `undefined` for any other text
 * @example readRoleArn("arn:aws:iam::000000000000:role/keyvend/lake/READ/raw")
 * // { storage: "lake", permission: "READ", prefix: "raw/" }
 */
export function readRoleArn(arn: string): RoleRequest | undefined {
  const [, storage, permission, folder] = form.exec(arn) ?? [];
  if (storage === undefined) return undefined;
  const prefix = parsePrefix(folder ?? "");
  if (!prefix.ok) return undefined;
  return {
    storage,
    ...(permission && { permission: permission as Permission }),
    ...(prefix.value !== "" && { prefix: prefix.value }),
  };
}
