import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest } from "../listener.ts";
import { s3Header } from "./route.ts";

/**
 * What is to be copied, by `x-amz-copy-source`: `/bucket/key`, percent-encoded. Read here and nowhere else, so that what
 * is authorized is what is copied.
 */
export function copySourceOf(request: ReceivedRequest): { bucket: string; key: string } {
  const source = s3Header(request, "x-amz-copy-source") ?? "";
  const [, bucket, key] = /^\/?([^/?]+)\/([^?]+)$/s.exec(source) ?? [];
  try {
    if (bucket !== undefined && key !== undefined)
      return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
  } catch {
    // Refused below, like whatever else is no copy source.
  }
  throw new AwsFault(400, "InvalidArgument", "x-amz-copy-source is not /bucket/key, percent-encoded.");
}
