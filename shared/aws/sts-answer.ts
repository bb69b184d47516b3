/** What came instead of a session. Code and message are STS's own words: bounded, on one line, and for the operator only. */
interface StsAnswer {
  /** STS's code, else that of the connection's failure, else the error's name; empty if the answer has none. */
  code: string;
  /** Absent if there was no answer. */
  status: number | undefined;
  /** The first line of STS's message; empty if there is none. */
  message: string;
}

/** An answer from something that is no STS: a page, a redirect, another service. */
class NoStsHere extends Error {
  override readonly name = "NoStsHere";
  readonly $metadata: { httpStatusCode: number };

  constructor(httpStatusCode: number) {
    super();
    this.$metadata = { httpStatusCode };
  }
}

/** An answer of STS is a tenth of this. What comes after it is not read. */
const mostBytes = 65_536;
const mostMessageCharacters = 300;
/** Longer than a key id, an ARN's name or a request id: it may be a token that STS repeats. */
const tokenLike = /[\w.~+/=%-]{80,}/g;

const byteOrderMark = Buffer.from("\ufeff");

interface WireAnswer {
  statusCode: number;
  body: AsyncIterable<Uint8Array> | Uint8Array;
}

/**
 * Reads an answer before the AWS SDK does, which loses code and message in S3's form, and takes a web page for an answer
 * without credentials.
 *
 * @throws NoStsHere
 * @example client.middlewareStack.add((next) => async (args) => keepAnswer(await next(args)), { step: "deserialize" })
 */
export async function keepAnswer<T extends { response: unknown }>(result: T): Promise<T> {
  const response = result.response as WireAnswer;
  const bytes = withoutMark(await firstBytesOf(response.body));
  if (!isOfSts(response.statusCode, bytes.toString())) throw new NoStsHere(response.statusCode);
  response.body = bytes;
  return result;
}

/** The SDK does not read an answer that begins with a byte order mark. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes;
}

async function firstBytesOf(body: WireAnswer["body"]): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > mostBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes);
}

function isOfSts(status: number, text: string): boolean {
  if (status === 404 || status === 405) return xmlErrorOf(text) !== undefined;
  if (status >= 300) return status >= 400;
  // A declaration, comments or a document type may come first.
  return /^\s*(?:<[?!][^>]*>\s*)*<(?:\w+:)?\w+Response[\s/>]/.test(text);
}

/**
 * What STS answered, or why it did not.
 *
 * @param error an error of the SDK
 * @example answerOf(error) // { code: "AccessDenied", status: 403, message: "User: … is not authorized to perform: …" }
 */
export function answerOf(error: unknown): StsAnswer {
  const { name, message, $fault, $metadata, $response } = error as {
    name?: unknown;
    message?: unknown;
    $fault?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { body?: unknown };
  };
  const status = $metadata?.httpStatusCode;
  const text = textOf($response?.body);
  if (text !== undefined) {
    const { code, message: said } = xmlErrorOf(text) ?? jsonErrorOf(text) ?? {};
    return { code: plainCode(code), status, message: firstLineOf(said) };
  }
  return {
    code: connectionCodeOf(error) ?? plainCode(name),
    status,
    // Other messages are the SDK's and Node's.
    message: $fault === undefined ? "" : firstLineOf(message),
  };
}

/** The text of an answer that `keepAnswer` has read, or that the SDK could not parse. */
function textOf(body: unknown): string | undefined {
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  return typeof body === "string" || body instanceof String ? String(body) : undefined;
}

interface Said {
  code?: unknown;
  message?: unknown;
}

/** AWS's form (`<ErrorResponse><Error>…`) and S3's (`<Error>…`). */
function xmlErrorOf(text: string): Said | undefined {
  const error = /<(?:\w+:)?Error[\s>](.*)/s.exec(text)?.[1] ?? "";
  const [, code = ""] = /<(?:\w+:)?Code>([^<]*)</.exec(error) ?? [];
  const [, message = ""] = /<(?:\w+:)?Message>([^<]*)/.exec(error) ?? [];
  return code.trim() ? { code: code.trim(), message: unescaped(message) } : undefined;
}

function jsonErrorOf(text: string): Said | undefined {
  try {
    const { __type, code, Code, message, Message } = Object(JSON.parse(text));
    return { code: __type ?? code ?? Code, message: message ?? Message };
  } catch {
    return undefined;
  }
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(xml: string): string {
  return xml.replace(/&(?:#(\d{1,6})|#x([\da-f]{1,5})|(\w{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

function plainCode(code: unknown): string {
  const plain = typeof code === "string" ? code.replace(/^.*#/, "") : "";
  return /^[\w.:-]{1,64}$/.test(plain) ? plain : "";
}

function firstLineOf(message: unknown): string {
  if (typeof message !== "string") return "";
  const [line = ""] = message.trim().split(/[\r\n\u2028\u2029]/, 1);
  const printable = line.replace(/[\p{Cc}\p{Cf}]/gu, "");
  return printable.replace(tokenLike, "…").slice(0, mostMessageCharacters);
}

/** Node's code for a connection that failed. It may stand deeper: a host of several addresses fails with several errors. */
function connectionCodeOf(error: unknown, depth = 0): string | undefined {
  const { code, cause, errors } = Object(error);
  if (typeof code === "string" && /^[A-Z][A-Z\d_]{1,63}$/.test(code)) return code;
  if (depth === 4) return undefined;
  const deeper: unknown[] = [cause, ...(Array.isArray(errors) ? errors.slice(0, 8) : [])];
  for (const inner of deeper) {
    const found = inner instanceof Error ? connectionCodeOf(inner, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
