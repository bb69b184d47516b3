import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDeployment, type TestDeployment } from "./deployment.ts";

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.close());

describe.each(["vend", "warm"] as const)("%s does not start, and names what is missing, without", (name) => {
  test.each([
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "VENDING_CONFIG",
    "VENDING_TABLE",
    "SEALING_SECRET",
    "WARM_FUNCTION",
  ])("%s", async (variable) => {
    await expect(deployment.coldStart(name, { [variable]: "" })).rejects.toThrow(
      `The environment variable ${variable} is not set.`,
    );
  });
});
