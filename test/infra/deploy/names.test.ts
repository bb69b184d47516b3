import { describe, expect, test } from "vitest";
import { checkRegion, checkStage, namesOf, roleNameOf } from "../../../infra/deploy/names.ts";

test("every name of a deployment has its stage", () => {
  const { functionName, logGroup, ...names } = namesOf("prod");
  const all = [...Object.values(names), functionName("vend"), logGroup("vend")];
  for (const name of all) expect(name).toContain("keyvend-prod");
});

test("a role's name has the region as well, since IAM has none", () => {
  expect(roleNameOf("vend", { stage: "prod", region: "eu-central-1" })).toBe(
    "keyvend-prod-eu-central-1-vend",
  );
});

describe("a stage", () => {
  test.each(["dev", "prod", "prod-2", "4", "a--b", "a".repeat(32)])("may be called %s", (stage) => {
    expect(checkStage(stage)).toBe(stage);
  });

  test.each([
    "",
    "Prod",
    "-prod",
    "prod-",
    "prod_2",
    "prod.eu",
    "prod/eu",
    "prod eu",
    "${env:HOME}",
    "pröd",
    "prod\n",
    "a".repeat(33),
  ])("may not be called %j", (stage) => {
    expect(() => checkStage(stage)).toThrow(/^The stage must be 1 to 32 characters of a-z, 0-9 and -/);
  });

  test("leaves room in the name of a role, in the region with the longest name", () => {
    for (const name of ["vend", "warm", "rotate", "revoke"]) {
      const role = roleNameOf(name, { stage: "a".repeat(32), region: "us-isof-south-1" });
      expect(role.length).toBeLessThanOrEqual(64);
    }
  });
});

test.each(["eu-central-1", "us-gov-west-1", "us-isof-south-1", "eusc-de-east-1", "cn-northwest-1"])(
  "%s is a region",
  (region) => expect(checkRegion(region)).toBe(region),
);

test.each(["", "eu", "eu-central", "EU-central-1", "eu-central-1a", "eu-central-1/x", "${x}"])(
  "%j is none",
  (region) => expect(() => checkRegion(region)).toThrow(/^The region must be one of AWS/),
);
