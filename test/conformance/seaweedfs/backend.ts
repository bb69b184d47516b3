import { randomBytes } from "node:crypto";
import { dialectOf } from "../../../shared/core/dialect.ts";
import type { Backend, BackendKey } from "../backend.ts";
import { startSeaweedfs } from "./seaweedfs.ts";

const Version = "2012-10-17";
/** SeaweedFS takes signatures for any region. */
const region = "us-east-1";
const userArnOf = (name: string) => `arn:aws:iam::000000000000:user/${name}`;
const roleArnOf = (name: string) => `arn:aws:iam::000000000000:role/${name}`;

/** A role that may do everything in S3, by whom it trusts. */
const role = (roleName: string, ...AWS: string[]) => ({
  roleName,
  roleArn: roleArnOf(roleName),
  trustPolicy: {
    Version,
    Statement: [{ Effect: "Allow", Principal: { AWS }, Action: ["sts:AssumeRole"] }],
  },
  attachedPolicies: ["all-of-s3"],
});

/** SeaweedFS with two users, whose keys keyvend is to hold, and a role that they may assume. */
export async function startSeaweedfsBackend(): Promise<Backend> {
  const iam = {
    sts: {
      tokenDuration: "1h",
      maxSessionLength: "12h",
      issuer: "seaweedfs",
      signingKey: randomBytes(32).toString("base64"),
    },
    policies: [
      {
        name: "all-of-s3",
        document: { Version, Statement: [{ Effect: "Allow", Action: ["s3:*"], Resource: ["*"] }] },
      },
      {
        name: "keyvend",
        document: {
          Version,
          Statement: [{ Effect: "Allow", Action: ["s3:*", "sts:GetFederationToken"], Resource: ["*"] }],
        },
      },
    ],
    roles: [role("all-of-s3", userArnOf("keyvend"), userArnOf("keyvend-roles")), role("open", "*")],
  };
  const { endpoint, aheadEndpoint, operatorKey, shell, stop } = await startSeaweedfs({
    iam: JSON.stringify(iam),
  });
  const configure = (user: string, key: BackendKey, more = "") =>
    shell(
      `s3.configure -user=${user} -access_key=${key.accessKeyId} -secret_key=${key.secretAccessKey} ${more} -apply`,
    );
  const vendingKey = { accessKeyId: "AKIAKEYVEND000000000", secretAccessKey: "keyvend+".repeat(5) };
  const assumingKey = { accessKeyId: "AKIAKEYVENDROLES0000", secretAccessKey: "roles+".repeat(6) };
  try {
    await configure("keyvend", vendingKey, "-policies=keyvend");
    await configure("keyvend-roles", assumingKey);
    let keyId = assumingKey.accessKeyId;
    return {
      name: "seaweedfs",
      s3Endpoint: endpoint,
      stsEndpoint: endpoint,
      aheadS3Endpoint: aheadEndpoint,
      region,
      policySetting: { partition: "aws", region, dialect: dialectOf("seaweedfs", false) },
      operatorKey,
      vendingKey,
      assumingKey,
      roleArn: roleArnOf("all-of-s3"),
      openRoleArn: roleArnOf("open"),
      async replaceKey(key) {
        await configure("keyvend-roles", key);
        if (key.accessKeyId !== keyId)
          await shell(`s3.configure -user=keyvend-roles -access_key=${keyId} -delete -apply`);
        keyId = key.accessKeyId;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
