import type { ReceivedRequest } from "../listener.ts";
import { type ChunkSigner, readChunks } from "./aws-chunked.ts";
import { sha256Hex } from "./canonical-request.ts";
import type { Signature } from "./read-signature.ts";
import { SignatureRefused } from "./signature-refused.ts";

/** A body without its chunk framing, and its trailing headers. */
export interface Payload {
  readonly body: Buffer;
  /** By lower-case name. */
  readonly trailers: ReadonlyMap<string, string>;
}

/**
 * The payload hash that the signature covers. Only S3 lets the signer choose it. For other services it is the body's
 * own.
 *
 * @throws SignatureRefused `malformed` if an S3 request does not give it
 */
export function signedPayloadHash(request: ReceivedRequest, signature: Signature): string {
  if (signature.service !== "s3") return sha256Hex(request.body);
  const header = request.headers.get("x-amz-content-sha256");
  if (header !== undefined) return header;
  if (signature.form === "header") throw new SignatureRefused("malformed");
  return request.query.get("X-Amz-Content-Sha256") ?? "UNSIGNED-PAYLOAD";
}

/**
 * Opens a body according to the payload hash, after the signature over that hash was verified.
 *
 * @throws SignatureRefused `payload-altered`, `payload-malformed`, `wrong-signature` (of a chunk), `malformed`
 */
export function openPayload(request: ReceivedRequest, payloadHash: string, signer: ChunkSigner): Payload {
  if (/^[0-9a-f]{64}$/.test(payloadHash)) {
    if (sha256Hex(request.body) !== payloadHash) throw new SignatureRefused("payload-altered");
    return { body: request.body, trailers: new Map() };
  }
  switch (payloadHash) {
    case "UNSIGNED-PAYLOAD":
      return { body: request.body, trailers: new Map() };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return readChunkedPayload(request, undefined);
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return readChunkedPayload(request, signer);
    default:
      throw new SignatureRefused("malformed");
  }
}

function readChunkedPayload(request: ReceivedRequest, signer: ChunkSigner | undefined): Payload {
  const trailerNames = (request.headers.get("x-amz-trailer") ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const payload = readChunks(request.body, signer);
  const length = Number(request.headers.get("x-amz-decoded-content-length") ?? Number.NaN);
  if (
    payload.body.length !== length ||
    [...payload.trailers.keys()].some((name) => !trailerNames.includes(name))
  )
    throw new SignatureRefused("payload-malformed");
  return payload;
}
