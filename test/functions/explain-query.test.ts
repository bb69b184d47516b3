import { expect, test } from "vitest";
import { readExplainQuery } from "../../functions/explain-query.ts";
import { readQuery } from "../../functions/query.ts";

test("an explanation takes a policy, and means the door for STS by it", () => {
  const query = new URLSearchParams({ policy: '{"a": "b+c&d"}', permission: "READ" }).toString();
  expect(readExplainQuery(query)).toEqual({ permission: "READ", sts: { policy: '{"a": "b+c&d"}' } });
  expect(readExplainQuery("permission=READ")).toEqual({ permission: "READ" });
});

test.each([
  ["policy=a&policy=b", ["policy must be given once"]],
  ["policy=", ["policy must be 1 to 2048 characters"]],
  [`policy=${"x".repeat(2_049)}`, ["policy must be 1 to 2048 characters"]],
  ["policy=&permission=ALL&x=1", ["policy must", "permission must", "x is not known"]],
])("every fault is told: %s", (query, faults) => {
  for (const fault of faults) expect(() => readExplainQuery(query)).toThrow(fault);
});

test("a request for credentials takes none", () => {
  expect(() => readQuery("policy=a")).toThrow("policy is not known");
});
