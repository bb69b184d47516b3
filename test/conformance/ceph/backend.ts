import { dialectOf } from "../../../shared/core/dialect.ts";
import type { Backend } from "../backend.ts";
import { cephRegion } from "./admin.ts";
import { startCeph } from "./ceph.ts";

const Version = "2012-10-17";

export interface CephBackend extends Backend {
  /** Creates one more role that keyvend may assume. Returns its ARN. */
  createRole(name: string, permissions: { Action: string; Resource: string }): Promise<string>;
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
    const createRole: CephBackend["createRole"] = (name, permissions) =>
      admin.createRole(name, {
        trust: {
          Version,
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: ["arn:aws:iam:::user/keyvend", "arn:aws:iam:::user/keyvend-roles"] },
              Action: ["sts:AssumeRole"],
            },
          ],
        },
        permissions: { Version, Statement: [{ Effect: "Allow", ...permissions }] },
      });
    const roleArn = await createRole("all-of-s3", { Action: "s3:*", Resource: "*" });
    return {
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
      createRole,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
