import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Payload } from "../sigv4/payload.ts";
import { s3Header } from "./route.ts";

const prefix = "x-amz-checksum-";

/** The sums that Node computes. CRC32C and CRC64NVME sums are stored and returned without a check. */
const sums: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  crc32(body) {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return sum;
  },
  sha1: (body) => createHash("sha1").update(body).digest(),
  sha256: (body) => createHash("sha256").update(body).digest(),
};
const algorithms = [...Object.keys(sums), "crc32c", "crc64nvme"];

/**
 * The checksums that came with a body, in its headers or after it, by the names of their headers.
 *
 * @throws AwsFault `BadDigest` if one of them is not the body's
 */
export function verifiedChecksums(
  request: ReceivedRequest,
  { body, trailers }: Payload,
): Record<string, string> {
  const md5 = request.headers.get("content-md5");
  if (md5 !== undefined && createHash("md5").update(body).digest("base64") !== md5)
    throw badDigest("Content-MD5");
  const checksums: Record<string, string> = {};
  for (const algorithm of algorithms) {
    const name = prefix + algorithm;
    const value = trailers.get(name) ?? s3Header(request, name);
    if (value === undefined) continue;
    const sum = sums[algorithm]?.(body).toString("base64") ?? value;
    if (sum !== value) throw badDigest(algorithm.toUpperCase());
    checksums[name] = value;
  }
  return checksums;
}

function badDigest(algorithm: string): AwsFault {
  return new AwsFault(
    400,
    "BadDigest",
    `The ${algorithm} you specified did not match the calculated checksum.`,
  );
}
