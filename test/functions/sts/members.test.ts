import { describe, expect, test } from "vitest";
import {
  readMembers,
  refuseUnknown,
  tagsOf,
  textOf,
  transitiveTagKeysOf,
} from "../../../functions/sts/members.ts";

const inBody = (text: string) => readMembers({ query: "", body: Buffer.from(text) });
const inQuery = (query: string) => readMembers({ query });
const membersOf = (entries: Record<string, string>) => new Map(Object.entries(entries));

/** The fault of a member, as its caller reads it. */
function fault(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_request" });
    return (error as Error).message;
  }
  return expect.unreachable("it was taken");
}

describe("members are read", () => {
  const text = "Action=AssumeRole&Policy=%7B%22a+b%22%3A%22%C3%BC%22%7D&RoleArn=a%2Bb";
  const members = { Action: "AssumeRole", Policy: '{"a b":"ü"}', RoleArn: "a+b" };

  test.each([
    ["the body", { query: "", body: Buffer.from(text) }],
    ["the query", { query: text }],
    ["both", { query: "Action=AssumeRole", body: Buffer.from(text.replace("Action=AssumeRole&", "")) }],
  ])("from %s", (_where, request) => {
    expect(Object.fromEntries(readMembers(request))).toEqual(members);
  });

  test("an empty request has none", () => {
    expect(inQuery("").size).toBe(0);
  });
});

describe("a member that stands twice is refused:", () => {
  test.each([
    ["in the body", { query: "", body: Buffer.from("RoleArn=a&RoleArn=a") }],
    ["in the query", { query: "RoleArn=a&RoleArn=b" }],
    ["once in each", { query: "RoleArn=a", body: Buffer.from("RoleArn=a") }],
    ["encoded", { query: "Role%41rn=a", body: Buffer.from("RoleArn=a") }],
  ])("%s", (_where, request) => {
    expect(fault(() => readMembers(request))).toBe("RoleArn must be given once.");
  });
});

describe("bounds:", () => {
  test("64 kB of query and body together", () => {
    const half = "a".repeat(32_767);
    expect(readMembers({ query: half, body: Buffer.from(half.replaceAll("a", "b")) }).size).toBe(2);
    expect(fault(() => readMembers({ query: `${half}aa`, body: Buffer.from(`${half}b`) }))).toBe(
      "A request must be at most 65,536 bytes long.",
    );
    // Bytes, and not characters.
    expect(fault(() => inBody("ü".repeat(32_769)))).toContain("65,536 bytes");
  });

  test("200 members", () => {
    const form = (count: number) => Array.from({ length: count }, (_, at) => `m${at}=`).join("&");
    expect(inBody(form(200)).size).toBe(200);
    expect(fault(() => inBody(form(201)))).toBe("A request must have at most 200 members.");
  });

  test.each(["RoleArn=%FF", "RoleArn=%C0%AE", "%FFole=a", "RoleArn=%ED%A0%80"])("UTF-8: %s", (text) => {
    expect(fault(() => inBody(text))).toContain("must be UTF-8.");
  });

  test.each(["N".repeat(65), "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "<script>", "Role\nArn", "", "__proto__"])(
    "a name that may be anything else is not echoed: %.20j",
    (name) => {
      const member = encodeURIComponent(name);
      expect(fault(() => inBody(`${member}=&a=&${member}=`))).toBe("A member must be given once.");
    },
  );

  test.each([
    ["RoleSessionName", "a", "must have length greater than or equal to 2"],
    ["RoleSessionName", "a".repeat(65), "must have length less than or equal to 64"],
    ["RoleSessionName", "a b", "must satisfy regular expression pattern: ^[\\w+=,.@-]*$"],
    ["RoleSessionName", "aü", "must satisfy regular expression pattern: ^[\\w+=,.@-]*$"],
    ["RoleSessionName", "ab\n", "must satisfy regular expression pattern: ^[\\w+=,.@-]*$"],
    ["WebIdentityToken", "a".repeat(20_001), "must have length less than or equal to 20000"],
    ["Policy", "", "must have length greater than or equal to 1"],
    ["Policy", "a".repeat(2_049), "must have length less than or equal to 2048"],
    ["ExternalId", "a", "must have length greater than or equal to 2"],
    ["ExternalId", "a".repeat(1_225), "must have length less than or equal to 1224"],
    ["ExternalId", "a&b", "must satisfy regular expression pattern: ^[\\w+=,.@:/-]*$"],
    ["DurationSeconds", "-900", "must satisfy regular expression pattern: ^\\d+$"],
    ["DurationSeconds", "9e3", "must satisfy regular expression pattern: ^\\d+$"],
    ["DurationSeconds", "1".repeat(21), "must have length less than or equal to 20"],
  ] as const)("%s of %.20j", (name, value, message) => {
    expect(fault(() => textOf(membersOf({ [name]: value }), name))).toBe(`${name} ${message}.`);
  });

  test.each([
    ["RoleArn", ""],
    ["RoleArn", "a".repeat(2_049)],
    ["RoleSessionName", "aws-sdk-js-session-1795359600"],
    ["RoleSessionName", "a".repeat(64)],
    ["WebIdentityToken", "a".repeat(20_000)],
    ["Policy", "a".repeat(2_048)],
    ["ExternalId", "urn:acme/1"],
    ["DurationSeconds", "900"],
    ["DurationSeconds", "2147483647"],
  ] as const)("%s takes %.30j", (name, value) => {
    expect(textOf(membersOf({ [name]: value }), name)).toBe(value);
  });
});

test("the keys of tags that stay are sorted, and each stands once", () => {
  const members = membersOf({
    "TransitiveTagKeys.member.1": "team",
    "TransitiveTagKeys.member.2": "kind",
    "TransitiveTagKeys.member.3": "team",
  });
  expect(transitiveTagKeysOf(members)).toEqual(["kind", "team"]);
  for (const name of ["TransitiveTagKeys.member.0", "TransitiveTagKeys.1", "TransitiveTagKeys.member.1.Key"])
    expect(() => transitiveTagKeysOf(membersOf({ [name]: "team" }))).toThrow("is not supported here");
});

describe("what nobody would apply is refused:", () => {
  const known = ["Action", "RoleArn", "Tags."];

  test.each([
    "PolicyArns.member.1.arn",
    "SourceIdentity",
    "SerialNumber",
    "TokenCode",
    "ProvidedContexts.member.1.ProviderArn",
    "TransitiveTagKeys.member.1",
    "ProviderId",
    "RoleArn.member.1",
    "rolearn",
    "RoleArn ",
    "X-Amz-Signature",
    "__proto__",
    "",
  ])("%j", (name) => {
    const members = new Map([
      ["Action", "AssumeRole"],
      [name, "x"],
    ]);
    const shown = /^[A-Z][A-Za-z0-9.]*$/.test(name) ? name : "A member";
    expect(fault(() => refuseUnknown(members, known))).toBe(`${shown} is not supported here.`);
  });

  test("but not the name of an empty list, as some SDKs send it, nor a known list", () => {
    const lists = { Tags: "", PolicyArns: "", TransitiveTagKeys: "", ProvidedContexts: "" };
    refuseUnknown(membersOf({ Action: "AssumeRole", "Tags.member.1.Key": "a", ...lists }), known);
    expect(fault(() => refuseUnknown(membersOf({ PolicyArns: "arn" }), known))).toContain("PolicyArns");
    expect(fault(() => refuseUnknown(membersOf({ "Tags.member.1.Key": "a" }), ["Action"]))).toContain("Tags");
  });
});

describe("tags", () => {
  test("are read in any order, by their numbers", () => {
    const tags = { "Tags.member.2.Value": "b", "Tags.member.1.Key": "Key", "Tags.member.1.Value": "" };
    expect(tagsOf(membersOf({ ...tags, "Tags.member.2.Key": "__proto__" }))).toEqual(
      Object.fromEntries([
        ["Key", ""],
        ["__proto__", "b"],
      ]),
    );
  });

  test.each([
    [{ "Tags.member.1.Key": "a" }, "Tags.member.1.Key must be one of two: each tag has a Key and a Value."],
    [
      { "Tags.member.1.Value": "a" },
      "Tags.member.1.Value must be one of two: each tag has a Key and a Value.",
    ],
    [{ "Tags.member.0.Key": "a", "Tags.member.0.Value": "a" }, "Tags.member.0.Key is not supported here."],
    [{ "Tags.member.01.Key": "a", "Tags.member.01.Value": "a" }, "Tags.member.01.Key is not supported here."],
    [{ "Tags.member.1.key": "a", "Tags.member.1.Value": "a" }, "Tags.member.1.key is not supported here."],
    [{ "Tags.1.Key": "a", "Tags.1.Value": "a" }, "Tags.1.Key is not supported here."],
    [
      {
        ...{ "Tags.member.1.Key": "a", "Tags.member.1.Value": "1" },
        ...{ "Tags.member.2.Key": "A", "Tags.member.2.Value": "2" },
      },
      "Tags.member.2.Key must differ from the other keys, in more than case.",
    ],
  ])("%j are refused", (members, message) => {
    expect(fault(() => tagsOf(membersOf(members as unknown as Record<string, string>)))).toBe(message);
  });
});
