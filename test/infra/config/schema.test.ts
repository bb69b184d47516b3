import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { casesSchema, vendingSchema } from "../../../infra/config/schema.ts";

it("the published JSON Schema is the one that the check's own schemas make (npm run config:schema)", () => {
  expect(readFileSync("infra/vending.schema.json", "utf8")).toBe(vendingSchema());
});

it("so is the one of the cases that test the grants", () => {
  expect(readFileSync("infra/vending.test.schema.json", "utf8")).toBe(casesSchema());
});

it("the example names the schema for editors", () => {
  expect(readFileSync("infra/vending.yml", "utf8")).toMatch(
    /^# yaml-language-server: \$schema=\.\/vending\.schema\.json\n/,
  );
});
