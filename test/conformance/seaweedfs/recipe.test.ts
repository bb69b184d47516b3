import { recipeSuite } from "../recipe-suite.ts";
import { startSeaweedfs } from "./seaweedfs.ts";

recipeSuite("seaweedfs", "AKIAKEYVENDLAKE00000", async ({ recipe, tls, folder, key }) => {
  const iam = JSON.parse(recipe.block("json", '"sts"'));
  Object.assign(iam.sts, JSON.parse(recipe.block("json", '"providers"')));
  iam.roles[0].trustPolicy.Statement.push(JSON.parse(recipe.block("json", '"Federated"')));
  const { endpoint, operatorKey, shellEnvironment, stop } = await startSeaweedfs({
    iam: JSON.stringify(iam),
    tls,
  });
  const run = (containing: string, variables: Record<string, string>) =>
    recipe.run(containing, {
      cwd: folder,
      env: { ...shellEnvironment, ACCESS_KEY: key.accessKeyId, ...variables },
    });
  await run("$SECRET_KEY", { SECRET_KEY: key.secretAccessKey });
  return {
    endpoint,
    operatorKey,
    rotate: async (secret) => void (await run("$NEW_SECRET_KEY", { NEW_SECRET_KEY: secret })),
    stop,
  };
});
