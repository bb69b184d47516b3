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

test("with a policy, callers may ask for less time than the other doors give", () => {
  expect(readExplainQuery("policy=%7B%7D&durationSeconds=900")).toMatchObject({ durationSeconds: 900 });
  for (const query of ["durationSeconds=900", "policy=%7B%7D&durationSeconds=899"])
    expect(() => readExplainQuery(query)).toThrow("durationSeconds must be whole seconds from 1800");
});
