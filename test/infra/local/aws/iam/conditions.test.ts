import { describe, expect, test } from "vitest";
import { evaluate } from "../../../../../infra/local/aws/iam/evaluate.ts";
import { judge, policyOf, request } from "./judge.ts";

type Values = string | readonly string[] | undefined;

/** Whether a condition on the key `k` holds for a request in which it has this value. */
function holds(operator: string, wanted: unknown, actual: Values, others: Record<string, string> = {}) {
  const context = actual === undefined ? others : { ...others, k: actual };
  return judge({ Condition: { [operator]: { K: wanted } } }, { context }) === "allowed";
}

describe("operators on one value", () => {
  test.each<[operator: string, wanted: unknown, actual: string, expected: boolean]>([
    ["StringEquals", "home/", "home/", true],
    ["StringEquals", "home/", "Home/", false],
    ["StringEquals", "home/*", "home/x", false],
    ["StringEquals", "home/*", "home/*", true],
    ["StringEquals", "home/?", "home/x", false],
    ["StringEquals", "${*}", "*", true],
    ["StringEquals", "", "", true],
    ["StringNotEquals", "home/", "home/", false],
    ["StringNotEquals", "home/", "hr/", true],
    ["StringEqualsIgnoreCase", "Johndoe", "johnDOE", true],
    ["StringEqualsIgnoreCase", "É", "é", true],
    ["StringEqualsIgnoreCase", "Johndoe", "jane", false],
    ["StringNotEqualsIgnoreCase", "Johndoe", "johnDOE", false],
    ["StringLike", "home/*", "home/a/b", true],
    ["StringLike", "home/*", "Home/a", false],
    ["StringLike", "home/?", "home/ab", false],
    ["StringLike", "home/${*}", "home/a", false],
    ["StringNotLike", "home/*", "home/a", false],
    ["StringNotLike", "home/*", "hr/a", true],
    ["NumericEquals", "10", "10.0", true],
    ["NumericNotEquals", "10", "11", true],
    ["NumericLessThan", 10, "10", false],
    ["NumericLessThanEquals", 10, "10", true],
    ["NumericGreaterThan", "10", "9", false],
    ["NumericGreaterThanEquals", "10", "10", true],
    ["NumericLessThan", "10", "few", false],
    ["DateEquals", "2026-01-01T00:00:00Z", "1767225600", true],
    ["DateNotEquals", "2026-01-01", "2026-01-02", true],
    ["DateLessThan", "2020-07-01T00:00:00Z", "2020-06-30T23:59:59Z", true],
    ["DateLessThan", "2020-07-01T00:00:00Z", "2020-07-01T01:00:00+01:00", false],
    ["DateLessThanEquals", "2020-07-01T00:00:00Z", "2020-07-01T01:00:00+01:00", true],
    ["DateGreaterThan", "2020-07-01T00:00:00Z", "2020-07-01T00:00:00.001Z", true],
    ["DateGreaterThanEquals", "2020-07-01", "2020-06-30", false],
    ["Bool", "true", "true", true],
    ["Bool", false, "true", false],
    ["IpAddress", "203.0.113.0/24", "203.0.113.255", true],
    ["IpAddress", "203.0.113.0/24", "203.0.114.0", false],
    ["IpAddress", "203.0.113.7", "203.0.113.7", true],
    ["IpAddress", "203.0.113.7/0", "1.2.3.4", true],
    ["IpAddress", "203.0.113.0/24", "::ffff:203.0.113.7", false],
    ["NotIpAddress", "203.0.113.0/24", "203.0.113.7", false],
    ["NotIpAddress", "203.0.113.0/24", "2001:db8::1", true],
    ["ArnEquals", "arn:aws:sns:*:123456789012:TOPIC", "arn:aws:sns:eu-west-1:123456789012:TOPIC", true],
    ["ArnLike", "arn:aws:sns:eu-west-1:123456789012:*", "arn:aws:sns:eu-west-1:123456789012:a:b/c", true],
    ["ArnLike", "arn:aws:sns:*:*:T", "arn:aws:sns:eu-west-1:1:2:T", false],
    ["ArnLike", "arn:aws:sns:*:*:*", "arn:aws:sns:eu-west-1:T", false],
    ["ArnLike", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/A", false],
    ["ArnNotEquals", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b", true],
    ["ArnNotLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/b", false],
  ])("%s %j, asked with %j: %s", (operator, wanted, actual, expected) => {
    expect(holds(operator, wanted, actual)).toBe(expected);
  });
});

describe("several of them", () => {
  test("of several values one suffices; of a negated operator none may match", () => {
    expect(holds("StringEquals", ["a", "b"], "b")).toBe(true);
    expect(holds("StringNotEquals", ["a", "b"], "b")).toBe(false);
    expect(holds("StringNotEquals", ["a", "b"], "c")).toBe(true);
  });

  test("keys and operators must all hold", () => {
    const Condition = {
      StringEquals: { "s3:prefix": ["a/", "b/"], "s3:delimiter": "/" },
      NumericLessThanEquals: { "s3:max-keys": "10" },
    };
    const context = { "s3:prefix": "b/", "s3:delimiter": "/", "s3:max-keys": "10" };
    expect(judge({ Condition }, { context })).toBe("allowed");
    expect(judge({ Condition }, { context: { ...context, "s3:prefix": "c/" } })).toBe("implicit-deny");
    expect(judge({ Condition }, { context: { ...context, "s3:delimiter": "." } })).toBe("implicit-deny");
    expect(judge({ Condition }, { context: { ...context, "s3:max-keys": "11" } })).toBe("implicit-deny");
  });
});

describe("a key that is missing", () => {
  test.each<[operator: string, wanted: string, expected: boolean]>([
    ["StringEquals", "a", false],
    ["StringLike", "*", false],
    ["NumericLessThan", "10", false],
    ["Bool", "false", false],
    ["IpAddress", "0.0.0.0/0", false],
    ["StringNotEquals", "a", true],
    ["StringNotLike", "*", true],
    ["ArnNotLike", "arn:aws:iam::1:role/*", true],
    ["NotIpAddress", "10.0.0.0/8", true],
    ["StringEqualsIfExists", "a", true],
    ["StringNotEqualsIfExists", "a", true],
    ["BoolIfExists", "true", true],
    ["Null", "true", true],
    ["Null", "false", false],
    ["ForAllValues:StringEquals", "a", true],
    ["ForAllValues:StringNotLike", "key1*", true],
    ["ForAnyValue:StringEquals", "a", false],
    ["ForAnyValue:StringNotEquals", "a", false],
  ])("%s %j: %s", (operator, wanted, expected) => {
    expect(holds(operator, wanted, undefined)).toBe(expected);
    expect(holds(operator, wanted, [])).toBe(expected);
  });

  test("IfExists does not excuse a value that is there", () => {
    expect(holds("StringEqualsIfExists", "a", "b")).toBe(false);
    expect(holds("StringEqualsIfExists", "a", "")).toBe(false);
  });

  test("an empty string is there", () => {
    expect(holds("Null", "false", "")).toBe(true);
    expect(holds("StringNotEquals", "", "")).toBe(false);
  });

  test("an empty string is no value to the set operators", () => {
    expect(holds("ForAllValues:StringEquals", "a", "")).toBe(true);
    expect(holds("ForAnyValue:StringLike", "*", "")).toBe(false);
  });
});

describe("a key with several values", () => {
  test.each<[operator: string, wanted: string | string[], actual: string[], expected: boolean]>([
    ["ForAllValues:StringEquals", ["a", "b"], ["a"], true],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "b"], true],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "c"], false],
    ["ForAllValues:StringEquals", ["a"], [""], true],
    ["ForAllValues:StringEquals", ["a"], ["", "c"], false],
    ["ForAllValues:StringNotLike", "key1*", ["key1:legal"], false],
    ["ForAllValues:StringNotLike", "key1*", ["key1:hr", "key2:x"], false],
    ["ForAllValues:StringNotLike", "key1*", ["key2:audit"], true],
    ["ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], true],
    ["ForAnyValue:StringEquals", ["a", "b"], ["c"], false],
    ["ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"], true],
    ["ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], false],
    ["ForAnyValue:StringLike", "*", [""], false],
  ])("%s %j, asked with %j: %s", (operator, wanted, actual, expected) => {
    expect(holds(operator, wanted, actual)).toBe(expected);
  });

  test("under an operator for one value closes: no Allow applies and every Deny does", () => {
    const context = { k: ["a", "b"] };
    for (const operator of ["StringEquals", "StringNotEquals"]) {
      const Condition = { [operator]: { k: "a" } };
      expect(judge({ Condition }, { context })).toBe("implicit-deny");
      expect(judge({ Condition, Effect: "Deny" }, { context })).toBe("explicit-deny");
    }
  });
});

describe("variables in a condition", () => {
  const tag = "${aws:PrincipalTag/Team}";

  test("stand for the value of their key in string and ARN operators", () => {
    const team = { "aws:PrincipalTag/Team": "blue" };
    expect(holds("StringEquals", tag, "blue", team)).toBe(true);
    expect(holds("StringLike", `home/${tag}/*`, "home/blue/x", team)).toBe(true);
    expect(holds("StringEqualsIgnoreCase", tag, "BLUE", team)).toBe(true);
    expect(holds("ArnLike", `arn:aws:iam::1:role/${tag}`, "arn:aws:iam::1:role/blue", team)).toBe(true);
    expect(holds("StringLike", tag, "blue", { "aws:PrincipalTag/Team": "*" })).toBe(false);
  });

  test("a value with colons in it does not move an ARN's components", () => {
    const team = { "aws:PrincipalTag/Team": "1:role/a" };
    expect(holds("ArnLike", `arn:aws:iam::${tag}:*`, "arn:aws:iam::1:role/a:x", team)).toBe(false);
  });

  test("without a value are equal to nothing and like nothing", () => {
    expect(holds("StringEquals", tag, tag)).toBe(false);
    expect(holds("StringLike", `${tag}*`, "blue")).toBe(false);
    expect(holds("StringEqualsIgnoreCase", tag, "")).toBe(false);
    expect(holds("StringNotEquals", tag, "blue")).toBe(true);
    expect(holds("StringNotLike", `${tag}*`, "blue")).toBe(true);
    expect(holds("StringEquals", [tag, "blue"], "blue")).toBe(true);
  });

  test("are plain text before version 2012-10-17", () => {
    const old = { identity: [policyOf("2008-10-17", { Condition: { StringEquals: { k: tag } } })] };
    const context = { "aws:PrincipalTag/Team": "blue" };
    expect(evaluate(old, request({ context: { ...context, k: "blue" } }))).toBe("implicit-deny");
    expect(evaluate(old, request({ context: { ...context, k: tag } }))).toBe("allowed");
  });
});
