import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../../../../infra/local/aws/iam/evaluate.ts";
import { MalformedPolicy } from "../../../../../infra/local/aws/iam/malformed-policy.ts";

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::lake/*" };
const document = { Version: "2012-10-17", Statement: [statement] };

function faultOf(policy: unknown): string {
  const json = typeof policy === "string" ? policy : JSON.stringify(policy);
  try {
    parsePolicy(json);
  } catch (error) {
    if (error instanceof MalformedPolicy) return error.path;
    throw error;
  }
  return "none";
}

const withStatement = (change: object) => ({ ...document, Statement: [{ ...statement, ...change }] });
const withCondition = (Condition: unknown) => withStatement({ Condition });

describe("a policy is read", () => {
  test.each<[what: string, policy: unknown]>([
    ["with a list of statements", document],
    ["with one statement that is not in a list", { ...document, Statement: statement }],
    ["with an Id and Sids", { ...document, Id: "x-1", Statement: [{ ...statement, Sid: "Read1" }] }],
    ["without a version", { Statement: statement }],
    ["of the older version", { ...document, Version: "2008-10-17" }],
    ["with lists", withStatement({ Action: ["s3:*", "*"], Resource: ["*", "arn:aws:s3:::lake"] })],
    [
      "with numbers and booleans in conditions",
      withCondition({ Bool: { a: true }, NumericEquals: { b: 1 } }),
    ],
    ["with both kinds of white space", ' {\t"Statement":\r\n{"Effect":"Deny","Action":"*","Resource":"*"}}'],
    ["with characters up to U+00FF", withStatement({ Resource: "arn:aws:s3:::lake/ÿ" })],
    ["with a dollar sign alone", withStatement({ Resource: "arn:aws:s3:::lake/a$b{c}" })],
  ])("%s", (_what, policy) => {
    expect(faultOf(policy)).toBe("none");
  });
});

describe("a policy is refused, with the place of the fault, for", () => {
  const first = "$.Statement[0]";
  test.each<[what: string, policy: unknown, path: string]>([
    ["not being JSON", "{", "$"],
    ["not being an object", "[]", "$"],
    ["a character above U+00FF", withStatement({ Resource: "arn:aws:s3:::lake/Ā" }), "$"],
    ["a control character", '{"Version":\u0000"2012-10-17"}', "$"],
    ["a vertical tab as white space", `\u000b${JSON.stringify(document)}`, "$"],
    [
      "an escaped character above U+00FF",
      JSON.stringify(withStatement({ Resource: "arn:aws:s3:::lake/#" })).replace("#", "\\u0100"),
      `${first}.Resource`,
    ],
    [
      "an escaped character above U+00FF in a key",
      JSON.stringify(withCondition({ StringNotLike: { "#": "x" } })).replace("#", "\\u0100"),
      `${first}.Condition.StringNotLike`,
    ],
    ["an unknown element", { ...document, Comment: "x" }, "$.Comment"],
    ["an element in another case", { version: "2012-10-17", Statement: statement }, "$.version"],
    ["a wrong version", { ...document, Version: "2012-10-18" }, "$.Version"],
    ["a version that is no string", { ...document, Version: 2012 }, "$.Version"],
    ["an Id that is no string", { ...document, Id: 1 }, "$.Id"],
    ["no statement", { Version: "2012-10-17" }, "$.Statement"],
    ["an empty list of statements", { ...document, Statement: [] }, "$.Statement"],
    ["a statement that is no object", { ...document, Statement: ["x"] }, first],
    ["an unknown element of a statement", withStatement({ Actions: "s3:*" }), `${first}.Actions`],
    ["a principal", withStatement({ Principal: "*" }), `${first}.Principal`],
    ["no effect", withStatement({ Effect: undefined }), `${first}.Effect`],
    ["an effect in another case", withStatement({ Effect: "allow" }), `${first}.Effect`],
    ["neither Action nor NotAction", withStatement({ Action: undefined }), first],
    ["both Action and NotAction", withStatement({ NotAction: "s3:*" }), first],
    ["an empty list of actions", withStatement({ Action: [] }), `${first}.Action`],
    ["an action that is no string", withStatement({ Action: ["s3:*", 1] }), `${first}.Action[1]`],
    ["an action without a service", withStatement({ Action: "GetObject" }), `${first}.Action`],
    ["neither Resource nor NotResource", withStatement({ Resource: undefined }), first],
    ["both Resource and NotResource", withStatement({ NotResource: "*" }), first],
    ["an empty list of resources", withStatement({ Resource: [] }), `${first}.Resource`],
    ["a resource that is no ARN", withStatement({ Resource: "lake/*" }), `${first}.Resource`],
    ["an ARN that is too short", withStatement({ Resource: "arn:aws:s3:*" }), `${first}.Resource`],
    ["a Sid with other characters", withStatement({ Sid: "a b" }), `${first}.Sid`],
    [
      "a Sid that stands twice",
      {
        ...document,
        Statement: [
          { ...statement, Sid: "A" },
          { ...statement, Sid: "A" },
        ],
      },
      "$.Statement",
    ],
    ["a variable that does not end", withStatement({ Resource: "arn:aws:s3:::a/${x" }), `${first}.Resource`],
    ["a variable without a name", withStatement({ Resource: "arn:aws:s3:::a/${}" }), `${first}.Resource`],
    ["a variable in a variable", withStatement({ Resource: "arn:aws:s3:::${a${*}}" }), `${first}.Resource`],
    ["a default without quotes", withStatement({ Resource: "arn:aws:s3:::${a, b}" }), `${first}.Resource`],
    ["a default without an end", withStatement({ Resource: "arn:aws:s3:::${a, 'b}" }), `${first}.Resource`],
    ["an empty condition block", withCondition({}), `${first}.Condition`],
    ["an operator without keys", withCondition({ Bool: {} }), `${first}.Condition.Bool`],
    ["a key without values", withCondition({ Bool: { k: [] } }), `${first}.Condition.Bool.k`],
    ["an unknown operator", withCondition({ StringIs: { k: "a" } }), `${first}.Condition.StringIs`],
    ["an operator in another case", withCondition({ bool: { k: "a" } }), `${first}.Condition.bool`],
    [
      "an unknown set operator",
      withCondition({ "ForNone:Bool": { k: "a" } }),
      `${first}.Condition.ForNone:Bool`,
    ],
    ["NullIfExists", withCondition({ NullIfExists: { k: "true" } }), `${first}.Condition.NullIfExists`],
    [
      "a value that is an object",
      withCondition({ StringLike: { k: {} } }),
      `${first}.Condition.StringLike.k`,
    ],
    ["a boolean that is none", withCondition({ Bool: { k: "yes" } }), `${first}.Condition.Bool.k`],
    ["a Null that is neither", withCondition({ Null: { k: ["true", "x"] } }), `${first}.Condition.Null.k[1]`],
    [
      "a number that is none",
      withCondition({ NumericEquals: { k: "0x1" } }),
      `${first}.Condition.NumericEquals.k`,
    ],
    ["a date that is none", withCondition({ DateEquals: { k: "soon" } }), `${first}.Condition.DateEquals.k`],
    ["an IPv6 range", withCondition({ IpAddress: { k: "2001:db8::/32" } }), `${first}.Condition.IpAddress.k`],
    [
      "a range that is none",
      withCondition({ IpAddress: { k: "10.0.0.0/33" } }),
      `${first}.Condition.IpAddress.k`,
    ],
    ["an ARN that is none", withCondition({ ArnLike: { k: "lake" } }), `${first}.Condition.ArnLike.k`],
    ["a variable where none may be", withCondition({ Bool: { k: "${a}" } }), `${first}.Condition.Bool.k`],
  ])("%s", (_what, policy, path) => {
    expect(faultOf(policy)).toBe(path);
  });

  test("and the error says what is wrong, not what stood there", () => {
    expect(() => parsePolicy('{"Statement":{"Effect":"secret"}}')).toThrow(
      new MalformedPolicy("$.Statement.Effect", "neither Allow nor Deny"),
    );
  });
});
