import { expect, test } from "vitest";
import { deployerOf } from "../../../infra/iam/deployer.ts";
import { deploymentKeyStatements } from "../../../infra/iam/deployment-key.ts";

const place = { stage: "prod", region: "eu-central-1", account: "111122223333" };

test("a deployer may make what an option adds, and only with that option", () => {
  const rightsWith = (options: object) =>
    JSON.stringify([
      deployerOf({ ...place, options }).policies,
      deploymentKeyStatements({ ...place, options }),
    ]);
  for (const name of [
    "function:keyvend-prod-page",
    "role/keyvend-prod-eu-central-1-page",
    "log-group:/aws/lambda/keyvend-prod-page",
  ]) {
    expect(rightsWith({ page: true }), name).toContain(name);
    expect(rightsWith({}), name).not.toContain(name);
    expect(rightsWith({ page: false }), name).not.toContain(name);
  }
});
