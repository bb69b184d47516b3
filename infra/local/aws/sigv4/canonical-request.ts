import { createHash } from "node:crypto";
import type { ReceivedRequest } from "../listener.ts";
import { SignatureRefused } from "./signature-refused.ts";

/** S3 signs the path as it is sent, encoded once. Every other service encodes it once more. */
export type PathEncoding = "once" | "twice";

/**
 * The text that a SigV4 signer hashed and signed, rebuilt from the request that arrived.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(
  request: ReceivedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  pathEncoding: PathEncoding,
): string {
  return [
    request.method,
    canonicalPath(request.path, pathEncoding),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${canonicalHeader(request, name)}`),
    "",
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

export function sha256Hex(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function canonicalPath(path: string, encoding: PathEncoding): string {
  // In a key of S3 a slash is a slash, whether it was sent encoded or not.
  const text = encoding === "twice" ? path : decode(path);
  return text.split("/").map(encode).join("/");
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function canonicalHeader(request: ReceivedRequest, name: string): string {
  const value = request.headers.get(name);
  if (value === undefined) throw new SignatureRefused("malformed");
  return value.trim().replace(/ +/g, " ");
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SignatureRefused("malformed");
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
