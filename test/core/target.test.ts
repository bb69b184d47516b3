import { describe, expect, test } from "vitest";
import { formatTarget, isBucketName, parseTarget } from "../../shared/core/target.ts";

describe("a target names a bucket and a folder in it", () => {
  test.each([
    ["s3://lake", "lake", ""],
    ["s3://lake/", "lake", ""],
    ["s3://lake/t1", "lake", "t1/"],
    ["s3://lake/t1/", "lake", "t1/"],
    ["s3://my.lake-1/a/b", "my.lake-1", "a/b/"],
    ["s3://lake/t1?x=1#y", "lake", "t1?x=1#y/"],
    ["s3://lake/s3:/other/t2", "lake", "s3:/other/t2/"],
  ])("%j", (text, bucket, prefix) => {
    expect(parseTarget(text)).toEqual({ ok: true, value: { bucket, prefix } });
  });

  test.each([
    ["", "form"],
    ["lake/t1", "form"],
    ["s3a://lake/t1", "form"],
    ["S3://lake/t1", "form"],
    [" s3://lake/t1", "form"],
    ["https://lake/t1", "form"],
    ["s3://", "bucket"],
    ["s3:///t1", "bucket"],
    ["s3://Lake/t1", "bucket"],
    ["s3://user@lake/t1", "bucket"],
    ["s3://lake*/t1", "bucket"],
    ["s3://lake?x", "bucket"],
    ["s3://lake//t1", "slash"],
    ["s3://lake/../other", "segment"],
    ["s3://lake/t1\n", "control"],
    ["s3://lake\n", "bucket"],
  ])("%j is refused", (text, reason) => {
    expect(parseTarget(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  test("can be read back from the text that an answer holds", () => {
    expect(formatTarget("lake", "")).toBe("s3://lake/");
    expect(parseTarget(formatTarget("lake", "t1/"))).toEqual({
      ok: true,
      value: { bucket: "lake", prefix: "t1/" },
    });
  });
});

describe("bucket names follow S3's rules", () => {
  test.each(["abc", "a-b", "a.b", "1-2", "a".repeat(63), "192.168.1", "1.2.3.4.5"])("%j", (name) => {
    expect(isBucketName(name)).toBe(true);
  });

  test.each([
    "",
    "ab",
    "a".repeat(64),
    "-ab",
    "ab-",
    ".ab",
    "ab.",
    "a..b",
    "a.-b",
    "a_b",
    "aB",
    "192.168.1.1",
  ])("%j is no bucket name", (name) => {
    expect(isBucketName(name)).toBe(false);
  });
});
