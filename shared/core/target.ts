import type { ParseResult } from "./parse-result.ts";
import { parsePrefix } from "./prefix.ts";

/** A place that a request names: a bucket, or a folder in it. */
export interface Target {
  bucket: string;
  /** As `parsePrefix` gives it. */
  prefix: string;
}

/**
 * Reads `s3://bucket` or `s3://bucket/prefix`. Everything behind the bucket is the prefix, taken literally: a target is
 * no URL, and `?`, `#` and `@` are characters like others.
 *
 * @example parseTarget("s3://lake/t1") // { ok: true, value: { bucket: "lake", prefix: "t1/" } }
 */
export function parseTarget(text: string): ParseResult<Target> {
  const [, bucket, rest = ""] = /^s3:\/\/([^/]*)(?:\/(.*))?$/su.exec(text) ?? [];
  if (bucket === undefined) return { ok: false, reason: "must have the form s3://bucket/prefix" };
  if (!isBucketName(bucket)) return { ok: false, reason: "must name a bucket by S3's rules" };
  const prefix = parsePrefix(rest);
  return prefix.ok ? { ok: true, value: { bucket, prefix: prefix.value } } : prefix;
}

/**
 * The target of a folder, or of a whole bucket, as answers write it.
 *
 * @example formatTarget("lake", "t1/") // "s3://lake/t1/"
 */
export function formatTarget(bucket: string, prefix: string): string {
  return `s3://${bucket}/${prefix}`;
}

/**
 * S3's rules for general-purpose buckets: 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at
 * both ends and beside every dot, and not the form of an IPv4 address.
 *
 * @example isBucketName("lake-1") // true
 */
export function isBucketName(text: string): boolean {
  return (
    /^[a-z0-9.-]{3,63}$/.test(text) &&
    text.split(".").every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(text)
  );
}
