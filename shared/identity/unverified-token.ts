type JsonObject = Readonly<Record<string, unknown>>;

/** What a token says. Until its signature is checked, it is good for choosing a key and for refusing it, and for nothing else. */
export interface UnverifiedToken {
  header: JsonObject;
  payload: JsonObject;
}

/** A JWT that is not what RFC 7515 and 7519 call one, or that different parsers could read differently. */
class MalformedToken extends Error {
  override readonly name = "MalformedToken";
}

/** A decoder that repairs, or drops a mark of byte order, would read another text than was signed. */
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Takes a compact JWT apart, strictly: one spelling of each part, each member once.
 * Throws `MalformedToken`, whose message says nothing of the content.
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

/** Decoders ignore stray characters and unused low bits; by the way back, each part has one spelling only. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.toString("base64url") !== part) throw new MalformedToken("not canonical base64url");
  return bytes;
}

function objectOf(bytes: Buffer): JsonObject {
  const text = utf8Of(bytes);
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MalformedToken("not a JSON object");
  }
  if (membersWritten(text) !== membersKept(value)) throw new MalformedToken("a member twice");
  return value as JsonObject;
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

/** Of well-formed JSON: outside strings, each colon is a member. */
function membersWritten(json: string): number {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
}

/** A member that was written twice is kept once, at whatever depth and however its name was escaped. */
function membersKept(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, inner) => sum + membersKept(inner), own);
}
