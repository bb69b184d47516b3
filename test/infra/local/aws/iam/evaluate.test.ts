import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../../../../infra/local/aws/iam/evaluate.ts";
import { judge, policy, policyOf, request } from "./judge.ts";

const read = { Action: "s3:GetObject", Resource: "arn:aws:s3:::lake/t1/*" };
const inside = { action: "s3:GetObject", resource: "arn:aws:s3:::lake/t1/part-0" };
const outside = { action: "s3:GetObject", resource: "arn:aws:s3:::lake/t10/part-0" };

describe("one policy", () => {
  test("allows what a statement allows, and nothing else", () => {
    expect(judge(read, inside)).toBe("allowed");
    expect(judge(read, outside)).toBe("implicit-deny");
    expect(judge(read, { ...inside, action: "s3:PutObject" })).toBe("implicit-deny");
  });

  test("denies where any statement denies, in whatever order", () => {
    const deny = { Effect: "Deny" as const, Action: "s3:*" };
    expect(judge([read, deny], inside)).toBe("explicit-deny");
    expect(judge([deny, read], inside)).toBe("explicit-deny");
  });
});

describe("several policies", () => {
  const other = { Action: "s3:GetObject", Resource: "arn:aws:s3:::lake/t10/*" };

  test("of one identity add up", () => {
    expect(evaluate({ identity: [policy(read), policy(other)] }, request(outside))).toBe("allowed");
  });

  test("no policy allows nothing", () => {
    expect(evaluate({ identity: [] }, request(inside))).toBe("implicit-deny");
  });

  test("an absent session policy leaves the identity its rights", () => {
    expect(evaluate({ identity: [policy(read)] }, request(inside))).toBe("allowed");
  });

  test("a session policy without an Allow that matches denies, and so does an empty list of them", () => {
    const identity = [policy({})];
    expect(evaluate({ identity, session: [policy(read)] }, request(inside))).toBe("allowed");
    expect(evaluate({ identity, session: [policy(read)] }, request(outside))).toBe("implicit-deny");
    expect(evaluate({ identity, session: [] }, request(inside))).toBe("implicit-deny");
  });

  test("a session policy never widens the identity's rights", () => {
    expect(evaluate({ identity: [policy(read)], session: [policy({})] }, request(outside))).toBe(
      "implicit-deny",
    );
  });

  test("a deny wins on either side", () => {
    const all = [policy({})];
    const none = [policy({ Effect: "Deny" })];
    expect(evaluate({ identity: none, session: all }, request(inside))).toBe("explicit-deny");
    expect(evaluate({ identity: all, session: none }, request(inside))).toBe("explicit-deny");
  });
});

describe("actions", () => {
  test.each([
    ["s3:GetObject", "s3:getobject"],
    ["S3:getobject", "s3:GetObject"],
    ["s3:Get*", "s3:GetObjectTagging"],
    ["s3:*Object", "s3:PutObject"],
    ["s3:?etObject", "s3:GetObject"],
    ["*", "sts:GetCallerIdentity"],
  ])("%s covers %s", (Action, action) => {
    expect(judge({ Action }, { action })).toBe("allowed");
  });

  test.each([
    ["s3:GetObject", "s3:GetObjectTagging"],
    ["s3:Get?bject", "s3:Getbject"],
    ["s3:*", "s3express:CreateSession"],
  ])("%s does not cover %s", (Action, action) => {
    expect(judge({ Action }, { action })).toBe("implicit-deny");
  });

  test("NotAction covers every other action, without regard to case", () => {
    expect(judge({ NotAction: ["iam:*", "sts:*"] }, { action: "s3:GetObject" })).toBe("allowed");
    expect(judge({ NotAction: ["iam:*", "sts:*"] }, { action: "IAM:CreateUser" })).toBe("implicit-deny");
  });
});

describe("resources", () => {
  test.each([
    ["arn:aws:s3:::lake/*", "arn:aws:s3:::lake/a/b/c"],
    ["arn:aws:s3:::lake/t?/x", "arn:aws:s3:::lake/t1/x"],
    ["arn:aws:s3:::lake/t?x", "arn:aws:s3:::lake/t/x"],
    ["arn:aws:s3:::*", "arn:aws:s3:::lake/a:b"],
    ["arn:aws:sqs:*:*:q", "arn:aws:sqs:eu-west-1:123456789012:deep:q"],
    ["arn:aws:s3:::lake/ÿ*", "arn:aws:s3:::lake/ÿ/x"],
  ])("%s covers %s", (Resource, resource) => {
    expect(judge({ Resource }, { resource })).toBe("allowed");
  });

  test.each([
    ["arn:aws:s3:::lake/t1/*", "arn:aws:s3:::lake/T1/x"],
    ["arn:aws:s3:::lake/t?/x", "arn:aws:s3:::lake/t10/x"],
    ["arn:aws:s3:::lake/t?/x", "arn:aws:s3:::lake/t/x"],
    ["arn:aws:s3:::lake", "arn:aws:s3:::lake/x"],
    ["arn:aws:s3:::lake/*", "arn:aws:s3:::lake"],
  ])("%s does not cover %s", (Resource, resource) => {
    expect(judge({ Resource }, { resource })).toBe("implicit-deny");
  });

  test("NotResource covers every other resource", () => {
    const statement = { NotResource: "arn:aws:s3:::lake/hr/*" };
    expect(judge(statement, { resource: "arn:aws:s3:::lake/t1/x" })).toBe("allowed");
    expect(judge(statement, { resource: "arn:aws:s3:::lake/hr/x" })).toBe("implicit-deny");
  });
});

describe("variables", () => {
  const home = { Resource: "arn:aws:s3:::home/${aws:username}/*" };
  const context = { "aws:username": "ana" };

  test("stand for the value of their key, whatever the key's case", () => {
    const resource = "arn:aws:s3:::home/ana/x";
    expect(judge(home, { resource, context })).toBe("allowed");
    expect(judge(home, { resource, context: { "AWS:UserName": "ana" } })).toBe("allowed");
    expect(judge(home, { resource: "arn:aws:s3:::home/bob/x", context })).toBe("implicit-deny");
  });

  test("bring in text and not wildcards or variables", () => {
    const resource = "arn:aws:s3:::home/bob/x";
    for (const name of ["*", "???", "${aws:username}", "${*}"])
      expect(judge(home, { resource, context: { "aws:username": name } })).toBe("implicit-deny");
    expect(judge(home, { resource: "arn:aws:s3:::home/*/x", context: { "aws:username": "*" } })).toBe(
      "allowed",
    );
  });

  test("a resource whose variable has no value matches no resource", () => {
    expect(judge(home, { resource: "arn:aws:s3:::home//x" })).toBe("implicit-deny");
    expect(judge(home, { resource: "arn:aws:s3:::home/${aws:username}/x" })).toBe("implicit-deny");
    const others = { NotResource: "arn:aws:s3:::home/${aws:username}/*" };
    expect(judge({ ...others, Effect: "Deny" }, { resource: "arn:aws:s3:::home//x" })).toBe("explicit-deny");
  });

  test("the other resources of the statement still match", () => {
    const either = { Resource: [home.Resource, "arn:aws:s3:::public/*"] };
    expect(judge(either, { resource: "arn:aws:s3:::public/x" })).toBe("allowed");
  });

  test("fall back to their default value, which is text too", () => {
    const team = { Resource: "arn:aws:s3:::bucket-${aws:PrincipalTag/team, 'company-wide'}" };
    const wide = { resource: "arn:aws:s3:::bucket-company-wide" };
    expect(judge(team, wide)).toBe("allowed");
    const yellow = { context: { "aws:PrincipalTag/team": "yellow" } };
    expect(judge(team, { resource: "arn:aws:s3:::bucket-yellow", ...yellow })).toBe("allowed");
    expect(judge(team, { ...wide, ...yellow })).toBe("implicit-deny");
    const star = { Resource: "arn:aws:s3:::bucket-${aws:PrincipalTag/team, '*'}" };
    expect(judge(star, wide)).toBe("implicit-deny");
  });

  test("a multivalued key has no value as a variable", () => {
    const tags = { Resource: "arn:aws:s3:::home/${aws:TagKeys}/*" };
    const asked = { resource: "arn:aws:s3:::home/a/x", context: { "aws:TagKeys": ["a"] } };
    expect(judge(tags, asked)).toBe("implicit-deny");
  });

  test("are plain text before version 2012-10-17", () => {
    const old = { identity: [policyOf("2008-10-17", home)] };
    expect(evaluate(old, request({ resource: "arn:aws:s3:::home/ana/x", context }))).toBe("implicit-deny");
    expect(evaluate(old, request({ resource: "arn:aws:s3:::home/${aws:username}/x", context }))).toBe(
      "allowed",
    );
  });

  test("are plain text in an action", () => {
    expect(() => policy({ Action: "s3:${aws:username}" })).toThrow("$.Statement[0].Action");
  });
});

describe("escapes", () => {
  test.each([
    ["${*}", "*", "anything"],
    ["${?}", "?", "x"],
    ["${$}", "$", "$$"],
    ["${$}{aws:username}", "${aws:username}", "ana"],
    ["a$b", "a$b", "a${$}b"],
  ])("%s is %s and not %s", (written, meant, not) => {
    const statement = { Resource: `arn:aws:s3:::lake/${written}` };
    const context = { "aws:username": "ana" };
    expect(judge(statement, { resource: `arn:aws:s3:::lake/${meant}`, context })).toBe("allowed");
    expect(judge(statement, { resource: `arn:aws:s3:::lake/${not}`, context })).toBe("implicit-deny");
  });
});

describe("for any policy", () => {
  const character = fc.constantFrom(..."ab*?${}'/,\\\"ÿ ");
  const text = fc.string({ unit: character, maxLength: 12 });
  const escaped = (literal: string) => literal.replace(/[*?$]/g, (special) => `\${${special}}`);

  test("an escaped string covers itself and no other", () => {
    fc.assert(
      fc.property(text, text, (literal, other) => {
        const statement = { Resource: `arn:aws:s3:::lake/${escaped(literal)}` };
        expect(judge(statement, { resource: `arn:aws:s3:::lake/${literal}` })).toBe("allowed");
        const asked = { resource: `arn:aws:s3:::lake/${other}`, context: { a: "b" } };
        expect(judge(statement, asked)).toBe(other === literal ? "allowed" : "implicit-deny");
      }),
      { numRuns: 1000 },
    );
  });

  const name = fc.constantFrom("a", "ab", "a/b", "b", "b/a");
  const pattern = fc.constantFrom("*", "a*", "?", "a/?", "b", "b*", "ab", "*b", "${u}");
  const resource = name.map((key) => `arn:aws:s3:::lake/${key}`);
  const statement = fc.record({
    Effect: fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const),
    Action: fc.constantFrom("s3:*", "s3:Get*", "s3:PutObject"),
    Resource: pattern.map((key) => `arn:aws:s3:::lake/${key}`),
    Condition: fc.constantFrom(
      { StringLikeIfExists: { p: ["a*", "b"] } },
      { StringNotEquals: { p: "a" } },
      { Null: { p: true } },
    ),
  });
  const statements = fc.array(statement, { minLength: 1, maxLength: 4 });
  const asked = fc.record({
    action: fc.constantFrom("s3:GetObject", "s3:PutObject"),
    resource,
    context: fc.record(
      { p: fc.oneof(name, fc.array(name, { minLength: 1, maxLength: 2 })), u: name },
      { requiredKeys: [] },
    ),
  });

  test("one more Deny never widens it", () => {
    fc.assert(
      fc.property(statements, statement, asked, (before, deny, question) => {
        const after = judge([...before, { ...deny, Effect: "Deny" }], question);
        if (after === "allowed") expect(judge(before, question)).toBe("allowed");
        if (judge(before, question) === "explicit-deny") expect(after).toBe("explicit-deny");
      }),
      { numRuns: 1000 },
    );
  });

  test("a session is allowed exactly what the identity and the session policy each allow", () => {
    fc.assert(
      fc.property(statements, statements, asked, (identity, session, question) => {
        const both = evaluate(
          { identity: [policy(...identity)], session: [policy(...session)] },
          request(question),
        );
        const each = [judge(identity, question), judge(session, question)];
        expect(both === "allowed").toBe(each.every((decision) => decision === "allowed"));
        expect(both === "explicit-deny").toBe(each.includes("explicit-deny"));
      }),
      { numRuns: 1000 },
    );
  });
});

test("a context that gives one key twice is refused", () => {
  const context = { "aws:PrincipalTag/team": "a", "aws:principaltag/Team": "b" };
  expect(() => judge({}, { context })).toThrow(TypeError);
});
