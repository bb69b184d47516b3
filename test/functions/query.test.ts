import { describe, expect, test } from "vitest";
import { readQuery } from "../../functions/query.ts";
import { VendError } from "../../shared/core/errors.ts";

/** The faults that a refusal names, by field. */
function faults(query: string): [string, string][] {
  try {
    readQuery(query);
    return [];
  } catch (error) {
    if (!(error instanceof VendError) || error.code !== "invalid_request") throw error;
    const fields = (error.fields ?? []).map(({ field, message }): [string, string] => [field, message]);
    // The message names the faults too, for clients that cannot show `fields`, such as an SDK's error.
    expect(error.message).toBe(`Invalid request: ${fields.map((fault) => fault.join(" ")).join("; ")}.`);
    return fields;
  }
}

describe("a request asks for", () => {
  test("everything that is granted, if the query is empty", () => {
    expect(readQuery("")).toEqual({ format: "container" });
  });

  test("targets, a permission and a duration", () => {
    expect(readQuery("target=s3://lake/t1&permission=READ&durationSeconds=1800")).toEqual({
      format: "container",
      targets: [{ bucket: "lake", prefix: "t1/" }],
      permission: "READ",
      durationSeconds: 1_800,
    });
    expect(readQuery("durationSeconds=129600")).toMatchObject({ durationSeconds: 129_600 });
  });

  test("several targets, the same one twice too", () => {
    expect(readQuery("target=s3://lake/a/&target=s3://lake/b&target=s3://lake/a/").targets).toEqual(
      ["a/", "b/", "a/"].map((prefix) => ({ bucket: "lake", prefix })),
    );
  });

  test.each([
    ["t1%2Fa", "t1/a/"],
    ["a+b", "a b/"],
    ["a%20b", "a b/"],
    ["a%2Bb", "a+b/"],
    ["%C3%BC", "ü/"],
    ["a?b%23c%26d", "a?b#c&d/"],
    ["a=b", "a=b/"],
    // Decoded once, this is a percent sign.
    ["100%25", "100%/"],
    // A second decoding would make another folder of each.
    ["t1%252Fa", "t1%2Fa/"],
    ["%252e%252e/pond", "%2e%2e/pond/"],
  ])("a target that is decoded once: %s", (written, prefix) => {
    expect(readQuery(`target=s3://lake/${written}`).targets).toEqual([{ bucket: "lake", prefix }]);
  });

  test("the format of its answer", () => {
    expect(readQuery("format=hadoop")).toEqual({ format: "hadoop" });
  });
});

describe("a request is refused for", () => {
  test.each([
    ["lake/t1"],
    ["https://lake.s3.amazonaws.com/t1"],
    ["S3://lake/t1"],
    ["s3://"],
    ["s3:///t1"],
    ["s3://Lake/t1"],
    ["s3://lake/../pond"],
    ["s3://lake/t1/.."],
    ["s3://lake/./t1"],
    ["s3://lake//t1"],
    ["s3://lake/t1%5Ca"],
    ["s3://lake/t1%00"],
    ["s3://lake/t1%0A"],
    ["s3://lake/t1%7F"],
    [`s3://lake/${"x".repeat(1_025)}`],
    [""],
  ])("a target such as %j", (target) => {
    expect(faults(`target=${target}`)).toEqual([["target", expect.stringMatching(/^must /)]]);
  });

  test("more targets than a session policy could hold", () => {
    const targets = (count: number) => Array(count).fill("target=s3://lake/a").join("&");
    expect(faults(targets(20))).toEqual([]);
    expect(faults(targets(21))).toEqual([["target", "must be at most 20"]]);
  });

  test.each(["ADMIN", "read", "READ WRITE", "READ,WRITE", "", "constructor"])(
    "the permission %j",
    (permission) => {
      expect(faults(`permission=${permission}`)).toEqual([
        ["permission", "must be READ or WRITE or READWRITE"],
      ]);
    },
  );

  test.each([
    "abc",
    "1799",
    "129601",
    "1e3",
    "1e4",
    "-1",
    "-3600",
    "0x1000",
    "3600.5",
    "3600s",
    "+3600",
    "%203600",
    "٣٦٠٠",
    "9".repeat(400),
    "NaN",
    "Infinity",
    "",
  ])("the duration %j", (durationSeconds) => {
    expect(faults(`durationSeconds=${durationSeconds}`)).toEqual([
      ["durationSeconds", "must be whole seconds from 1800 to 129600"],
    ]);
  });

  test("a parameter that is given twice though only once is allowed, even with the same value", () => {
    expect(faults("permission=READ&permission=READ")).toEqual([["permission", "must be given once"]]);
    expect(faults("durationSeconds=3600&durationSeconds=7200")).toEqual([
      ["durationSeconds", "must be given once"],
    ]);
  });

  test.each([
    "colour",
    "Target",
    "target[]",
    "targets",
    "storage",
    "__proto__",
    "constructor",
    "toString",
    "",
  ])("the parameter %j, which is not known", (name) => {
    expect(faults(`${encodeURIComponent(name)}=x&${encodeURIComponent(name)}=y`)).toEqual([
      [name, "is not known"],
    ]);
  });

  test("all faults at once", () => {
    const named = faults("color=red&permission=ADMIN&durationSeconds=1&target=a&target=s3://lake/b&target=c");
    expect(named.map(([field]) => field).sort()).toEqual([
      "color",
      "durationSeconds",
      "permission",
      "target",
      "target",
    ]);
  });
});

test("bytes that are no UTF-8 are never read as the name of another folder", () => {
  for (const bytes of ["%FF", "%C0%AE%C0%AE", "%ED%A0%80", "%E2%82"]) {
    const [target] = readQuery(`target=s3://lake/${bytes}/`).targets ?? [];
    // The character that stands for them is one that no policy can name.
    expect(target?.prefix).toMatch(/^\uFFFD+\/$/);
  }
});
