/** The figures that a reader sees are those that the prices give. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { costOf, readPrices } from "../../../infra/costs/prices.ts";
import { answersTable, monthLine } from "../../../infra/costs/print.ts";

const prices = readPrices();
const document = readFileSync("infra/costs.md", "utf8");

test("infra/costs.md has the tables of npm run costs", () => {
  expect(document).toContain(`\n${answersTable(prices)}\n`);
  expect(document).toContain(`costs ${monthLine(prices)}.`);
});

test("the prices have a day, a region and where they are from, and none is missing or free", () => {
  expect(prices.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(document).toContain(`for \`${prices.region}\``);
  for (const source of prices.sources)
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/[\w/-]+\/pricing\//);
  for (const [name, { usd, per }] of Object.entries(prices.prices)) {
    expect(usd, name).toBeGreaterThan(0);
    expect(per, name).toBeGreaterThanOrEqual(1);
  }
});

test("amounts cost their price, each by what it is sold by", () => {
  expect(costOf({ httpApiRequest: 2_000_000, secretMonth: 3 }, prices)).toBeCloseTo(2 + 1.2);
  expect(costOf({}, prices)).toBe(0);
});
