import type { Backend } from "../backend.ts";
import { cephRegion } from "./admin.ts";
import { startCeph } from "./ceph.ts";

const Version = "2012-10-17";

export interface CephBackend extends Backend {
  /**
   * Creates one more role. Unless a trust policy says otherwise, keyvend's user may assume it, and sessions of this role and
   * of `all-of-s3` may not. Returns its ARN.
   */
  createRole(
    name: string,
    permissions: { Action: string; Resource: string },
    trust?: readonly object[],
  ): Promise<string>;
}

export const trustIn = (AWS: string) => statement("Allow", AWS);

/** RGW takes a session for the user that assumed its role. Only a Deny tells the two apart. */
const exceptSessionsOf = (role: string) =>
  statement("Deny", `arn:aws:iam:::role/${role}`, "arn:aws:iam:::role/all-of-s3");

function statement(Effect: "Allow" | "Deny", ...AWS: string[]) {
  return { Effect, Principal: { AWS }, Action: ["sts:AssumeRole"] };
}

/** Ceph with a user, whose key keyvend is to hold, and a role that it may assume. */
export async function startCephBackend(): Promise<CephBackend> {
  const { endpoint, aheadEndpoint, admin, stop } = await startCeph();
  try {
    const vendingKey = await admin.createUser("keyvend");
    await admin.putUserPolicy("keyvend", {
      Version,
      Statement: [{ Effect: "Allow", Action: ["sts:GetSessionToken", "s3:*"], Resource: "*" }],
    });
    const createRole: CephBackend["createRole"] = (name, permissions, trust) =>
      admin.createRole(name, {
        trust: {
          Version,
          Statement: trust ?? [trustIn("arn:aws:iam:::user/keyvend"), exceptSessionsOf(name)],
        },
        permissions: { Version, Statement: [{ Effect: "Allow", ...permissions }] },
      });
    const allOfS3 = { Action: "s3:*", Resource: "*" };
    const roleArn = await createRole("all-of-s3", allOfS3);
    const openRoleArn = await createRole("open", allOfS3, [trustIn("*")]);
    let keyId = vendingKey.accessKeyId;
    return {
      name: "ceph",
      s3Endpoint: endpoint,
      stsEndpoint: endpoint,
      aheadS3Endpoint: aheadEndpoint,
      region: cephRegion,
      policySetting: { partition: "aws", region: cephRegion, stsEndpoint: endpoint },
      operatorKey: admin.key,
      vendingKey,
      roleArn,
      openRoleArn,
      async replaceKey(key) {
        await admin.putKey("keyvend", key);
        if (key.accessKeyId !== keyId) await admin.removeKey("keyvend", keyId);
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
