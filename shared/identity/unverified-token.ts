import { isObject } from "../core/claims.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** The content of a token. Until the signature is verified, it may only serve to choose a key or to refuse the token. */
export interface UnverifiedToken {
  header: JsonObject;
  payload: JsonObject;
}

/** A token that is no JWT by RFC 7515 and RFC 7519, or that two parsers could read differently. */
class MalformedToken extends Error {
  override readonly name = "MalformedToken";
}

/** A decoder that repairs its input, or drops a byte order mark, would read another text than the one that was signed. */
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Takes a compact JWT apart, strictly: each part has one spelling only, and each member may be there once.
 * Throws `MalformedToken`; its message says nothing of the content.
 *
 * @example const { iss } = readUnverified(token).payload;
 */
export function readUnverified(token: string): UnverifiedToken {
  const [header, payload, signature, ...more] = token.split(".");
  if (!header || !payload || !signature || more.length > 0) throw new MalformedToken("not three parts");
  const read = { header: objectOf(decode(header)), payload: objectOf(decode(payload)) };
  decode(signature);
  return read;
}

/** Decoders ignore stray characters and unused low bits. Encoding the bytes again shows whether the part had any. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.toString("base64url") !== part) throw new MalformedToken("not canonical base64url");
  return bytes;
}

function objectOf(bytes: Buffer): JsonObject {
  const text = utf8Of(bytes);
  const value = parse(text);
  if (!isObject(value)) throw new MalformedToken("not a JSON object");
  if (membersWritten(text) !== membersKept(value)) throw new MalformedToken("a member twice");
  return value;
}

function utf8Of(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new MalformedToken("not UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedToken("not JSON");
  }
}

/** Counts the members in well-formed JSON: outside of strings, each colon is one. */
function membersWritten(json: string): number {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
}

/** Counts the members that parsing has kept. At any depth, and however its name is escaped, a repeated member is kept once. */
function membersKept(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, inner) => sum + membersKept(inner), own);
}
