import type { Backend } from "../backend.ts";
import { cephRegion } from "./admin.ts";
import { startCeph } from "./ceph.ts";

const Version = "2012-10-17";

export interface CephBackend extends Backend {
  /** Creates one more role that keyvend may assume. Returns its ARN. */
  createRole(name: string, permissions: { Action: string; Resource: string }): Promise<string>;
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
    const createTrusting = (AWS: string, name: string, permissions: { Action: string; Resource: string }) =>
      admin.createRole(name, {
        trust: {
          Version,
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: [AWS] },
              Action: ["sts:AssumeRole"],
            },
          ],
        },
        permissions: { Version, Statement: [{ Effect: "Allow", ...permissions }] },
      });
    const createRole: CephBackend["createRole"] = (name, permissions) =>
      createTrusting("arn:aws:iam:::user/keyvend", name, permissions);
    const allOfS3 = { Action: "s3:*", Resource: "*" };
    const roleArn = await createRole("all-of-s3", allOfS3);
    const openRoleArn = await createTrusting("*", "open", allOfS3);
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
