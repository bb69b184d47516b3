import { sha256Hex } from "./canonical-request.ts";
import { SignatureRefused } from "./signature-refused.ts";
import { hmac, requireEqual } from "./verify-signature.ts";

/** The inputs of the chunks' signatures. The signature of the first chunk continues the request's own. */
export interface ChunkSigner {
  readonly key: Buffer;
  readonly amzDate: string;
  readonly scope: string;
  /** The request's signature. */
  readonly seed: string;
}

const emptyHash = sha256Hex("");

/**
 * Removes the aws-chunked framing from a body. Without a signer the chunks must be unsigned. With one, all are verified.
 * Rules: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 *
 * @throws SignatureRefused `payload-malformed`, `wrong-signature`
 */
export function readChunks(body: Buffer, signer: ChunkSigner | undefined) {
  const chunks: Buffer[] = [];
  let previous = signer?.seed ?? "";
  let at = 0;

  function readLine(): string {
    const end = body.indexOf("\r\n", at);
    if (end < 0 || end - at > 4_096) throw new SignatureRefused("payload-malformed");
    const text = body.toString("utf8", at, end);
    at = end + 2;
    return text;
  }

  function verify(kind: string, signature: string | undefined, hashes: readonly string[]): void {
    if (signer === undefined) {
      if (signature !== undefined) throw new SignatureRefused("payload-malformed");
      return;
    }
    const text = [kind, signer.amzDate, signer.scope, previous, ...hashes].join("\n");
    previous = hmac(signer.key, text).toString("hex");
    requireEqual(signature ?? "", previous);
  }

  for (;;) {
    const head = /^([0-9a-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(readLine());
    if (head === null) throw new SignatureRefused("payload-malformed");
    const size = Number.parseInt(head[1] ?? "", 16);
    const chunk = body.subarray(at, at + size);
    if (chunk.length < size) throw new SignatureRefused("payload-malformed");
    verify("AWS4-HMAC-SHA256-PAYLOAD", head[2], [emptyHash, sha256Hex(chunk)]);
    if (size === 0) break;
    chunks.push(chunk);
    at += size;
    if (readLine() !== "") throw new SignatureRefused("payload-malformed");
  }

  const trailers = new Map<string, string>();
  for (let text = readLine(); text !== ""; text = readLine()) {
    const [name = "", value] = text.split(/:(.*)/s, 2);
    if (value === undefined) throw new SignatureRefused("payload-malformed");
    trailers.set(name.trim().toLowerCase(), value.trim());
  }
  const trailerSignature = trailers.get("x-amz-trailer-signature");
  trailers.delete("x-amz-trailer-signature");
  if (trailers.size > 0) {
    const canonical = [...trailers].map(([name, value]) => `${name}:${value}\n`).join("");
    verify("AWS4-HMAC-SHA256-TRAILER", trailerSignature, [sha256Hex(canonical)]);
  }
  if (at !== body.length) throw new SignatureRefused("payload-malformed");
  return { body: Buffer.concat(chunks), trailers };
}
