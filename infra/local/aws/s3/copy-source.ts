import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest } from "../listener.ts";
import { s3Header } from "./route.ts";

/**
 * The object to copy, by the header `x-amz-copy-source`: `/bucket/key`, percent-encoded. Only this function reads the
 * header, so that the service copies exactly the object that was authorized.
 */
export function copySourceOf(request: ReceivedRequest): { bucket: string; key: string } {
  const source = s3Header(request, "x-amz-copy-source") ?? "";
  const [, bucket, key] = /^\/?([^/?]+)\/([^?]+)$/s.exec(source) ?? [];
  try {
    if (bucket !== undefined && key !== undefined)
      return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
  } catch {
    // Refused below, like any other text that is not a copy source.
  }
  throw new AwsFault(400, "InvalidArgument", "x-amz-copy-source is not /bucket/key, percent-encoded.");
}
