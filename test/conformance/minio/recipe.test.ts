import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { recipeSuite } from "../recipe-suite.ts";
import { startMinio } from "./minio.ts";

recipeSuite("minio", "keyvend-lake", async ({ recipe, tls, folder, key }) => {
  const own = { PATH: process.env["PATH"] ?? "", HOME: folder };
  const exported = await recipe.run("OPENID", { cwd: folder, env: own });
  const settings = [...exported].filter(([name]) => name.startsWith("MINIO_"));
  const minio = await startMinio({ tls, environment: Object.fromEntries(settings) });
  const run = (containing: string, variables: Record<string, string>) =>
    recipe.run(containing, { cwd: folder, env: { ...minio.clientEnvironment, ...variables } });

  writeFileSync(join(folder, "lake.json"), recipe.block("json", "Statement"));
  await run("policy create", { SECRET_KEY: key.secretAccessKey });
  const [command, ...args] = recipe.block("sh", "openid ls").trim().split(" ");
  const providers: { name: string; roleARN: string }[] = JSON.parse(await minio.mc(...args));
  const webRoleArn = providers.find(({ name }) => name === "LAKE")?.roleARN;
  if (command !== "mc" || webRoleArn === undefined) throw new Error("MinIO names no role.");
  return {
    endpoint: minio.endpoint,
    operatorKey: minio.rootKey,
    webRoleArn,
    overlap: {
      key: "keyvend-lake-2",
      begin: async (secret) => void (await run("$SECOND_SECRET_KEY", { SECOND_SECRET_KEY: secret })),
      end: async () => void (await run("user remove", {})),
    },
    rotate: async (secret) => void (await run("$NEW_SECRET_KEY", { NEW_SECRET_KEY: secret })),
    stop: minio.stop,
  };
});
