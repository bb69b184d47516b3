import { dialectOf } from "../../../shared/core/dialect.ts";
import type { Backend } from "../backend.ts";
import { type CephAdmin, cephRegion } from "./admin.ts";
import { startCeph } from "./ceph.ts";

const Version = "2012-10-17";

export interface CephBackend extends Backend {
  admin: CephAdmin;
  /**
   * Creates one more role. Unless a trust policy says otherwise, keyvend's users may assume it, and sessions of this role and
   * of `all-of-s3` may not. Returns its ARN.
   */
  createRole(
    name: string,
    permissions: { Action: string; Resource: string },
    trust?: readonly object[],
  ): Promise<string>;
}

export const trustIn = (...AWS: string[]) => statement("Allow", ...AWS);

const users = ["keyvend", "keyvend-roles"].map((user) => `arn:aws:iam:::user/${user}`);

/** RGW takes a session for the user that assumed its role. Only a Deny tells the two apart. */
const exceptSessionsOf = (role: string) =>
  statement("Deny", `arn:aws:iam:::role/${role}`, "arn:aws:iam:::role/all-of-s3");

function statement(Effect: "Allow" | "Deny", ...AWS: string[]) {
  return { Effect, Principal: { AWS }, Action: ["sts:AssumeRole"] };
}

/** Ceph with two users, whose keys keyvend is to hold, and a role that they may assume. */
export async function startCephBackend(): Promise<CephBackend> {
  const { endpoint, aheadEndpoint, admin, stop } = await startCeph();
  try {
    const vendingKey = await admin.createUser("keyvend");
    const assumingKey = await admin.createUser("keyvend-roles");
    await admin.putUserPolicy("keyvend", {
      Version,
      Statement: [{ Effect: "Allow", Action: ["sts:GetSessionToken", "s3:*"], Resource: "*" }],
    });
    const createRole: CephBackend["createRole"] = (name, permissions, trust) =>
      admin.createRole(name, {
        trust: {
          Version,
          Statement: trust ?? [trustIn(...users), exceptSessionsOf(name)],
        },
        permissions: { Version, Statement: [{ Effect: "Allow", ...permissions }] },
      });
    const allOfS3 = { Action: "s3:*", Resource: "*" };
    const roleArn = await createRole("all-of-s3", allOfS3);
    const openRoleArn = await createRole("open", allOfS3, [trustIn("*")]);
    let keyId = assumingKey.accessKeyId;
    return {
      admin,
      name: "ceph",
      s3Endpoint: endpoint,
      stsEndpoint: endpoint,
      aheadS3Endpoint: aheadEndpoint,
      region: cephRegion,
      policySetting: { partition: "aws", region: cephRegion, dialect: dialectOf("ceph", false) },
      operatorKey: admin.key,
      vendingKey,
      assumingKey,
      roleArn,
      openRoleArn,
      async replaceKey(key) {
        await admin.putKey("keyvend-roles", key);
        if (key.accessKeyId !== keyId) await admin.removeKey("keyvend-roles", keyId);
        keyId = key.accessKeyId;
      },
      createRole,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
