import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dialectOf } from "../../../shared/core/dialect.ts";
import type { Backend, BackendKey } from "../backend.ts";
import { type Minio, minioRegion, startMinio } from "./minio.ts";

export interface MinioBackend extends Backend {
  mc: Minio["mc"];
  /** Gives the user of `vendingKey` one more policy. */
  attachPolicy(document: string): Promise<void>;
}

/** MinIO with two users, whose keys keyvend is to hold. A session has the rights of its user. */
export async function startMinioBackend(): Promise<MinioBackend> {
  const { endpoint, aheadEndpoint, rootKey, folder, mc, stop } = await startMinio();
  const giveKey = async ({ accessKeyId, secretAccessKey }: BackendKey) => {
    await mc("admin", "user", "add", "store", accessKeyId, secretAccessKey);
  };
  const vendingKey = { accessKeyId: "keyvend", secretAccessKey: "keyvend+".repeat(5) };
  const assumingKey = { accessKeyId: "keyvend-roles", secretAccessKey: "roles+".repeat(6) };
  const giveRights = (user: string) => mc("admin", "policy", "attach", "store", "readwrite", "--user", user);
  try {
    for (const key of [vendingKey, assumingKey]) {
      await giveKey(key);
      await giveRights(key.accessKeyId);
    }
    let user = assumingKey.accessKeyId;
    return {
      name: "minio",
      s3Endpoint: endpoint,
      stsEndpoint: endpoint,
      aheadS3Endpoint: aheadEndpoint,
      region: minioRegion,
      policySetting: { partition: "aws", region: minioRegion, dialect: dialectOf("minio", false) },
      operatorKey: rootKey,
      vendingKey,
      assumingKey,
      // MinIO does not read it. It gives the user's own rights.
      roleArn: "arn:aws:iam::123456789012:role/no-role-of-minio",
      async replaceKey(key) {
        await giveKey(key);
        if (key.accessKeyId === user) return;
        // A user has one key, so that a new key id is a new user.
        await giveRights(key.accessKeyId);
        await mc("admin", "user", "rm", "store", user);
        user = key.accessKeyId;
      },
      mc,
      async attachPolicy(document) {
        const file = join(folder, "policy.json");
        writeFileSync(file, document);
        await mc("admin", "policy", "create", "store", "one-more", file);
        await mc("admin", "policy", "attach", "store", "one-more", "--user", vendingKey.accessKeyId);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
