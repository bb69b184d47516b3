/** The generated commands at MinIO, run by a shell with the real `mc`. */
import { iamSuite } from "../iam-suite.ts";
import { minioRegion, startMinio } from "./minio.ts";

const secretKey = "user+secret/".repeat(3);

iamSuite("minio", async () => {
  const { endpoint, rootKey, clientEnvironment, mc, stop } = await startMinio();
  const { accessKeyId, secretAccessKey } = rootKey;
  await mc("alias", "set", "store-lake", endpoint, accessKeyId, secretAccessKey);
  return {
    endpoint,
    region: minioRegion,
    operatorKey: rootKey,
    operatorEnvironment: clientEnvironment,
    input: `${secretKey}\n`,
    // MinIO does not read it, and gives the user's own rights.
    roleArn: "arn:aws:iam::000000000000:role/keyvend-lake",
    moreStorages: {},
    keyOf: (user) => ({ accessKeyId: user, secretAccessKey: secretKey }),
    stop,
  };
});
