import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { VendError } from "../core/errors.ts";

/** A request that came signed, or should have. */
export interface SignedRequest {
  method: string;
  /** As it was sent, still encoded, without the query. */
  path: string;
  /** As it was sent, still encoded, without `?`. */
  query: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
}

/** STS's own words for what is wrong with a signature. */
type StsRefusalCode =
  | "MissingAuthenticationToken"
  | "IncompleteSignature"
  | "InvalidClientTokenId"
  | "RequestExpired"
  | "SignatureDoesNotMatch";

/**
 * The refusal of a signed request, with the code that STS would give. The message is for the caller, and the reason for the
 * operator's record; without one, the message serves for both.
 *
 * @example throw new StsRefusal("IncompleteSignature", "The header host must be signed.")
 */
export class StsRefusal extends VendError {
  readonly stsCode: StsRefusalCode;

  constructor(stsCode: StsRefusalCode, message: string, reason = message) {
    super("unauthenticated", message, { cause: `${stsCode}: ${reason}` });
    this.stsCode = stsCode;
  }
}

/** What a request says of its signature. Nothing of it is verified yet, but that it is whole. */
interface RequestSignature {
  accessKeyId: string;
  /** Whether the access key is one of a session, by the session token that came with it. */
  isOfSession: boolean;
  /** As sent, `20261122T150000Z`. */
  time: string;
  /** `[20261122, us-east-1, sts, aws4_request]` */
  scope: readonly string[];
  /** The canonical request: what the signer hashed, rebuilt from what arrived. One for each path that it may have signed. */
  canonicalRequests: readonly string[];
  /** 64 hexadecimal characters. */
  value: string;
}

const algorithm = "AWS4-HMAC-SHA256";
/** Real ones have 200 to 500 characters. */
const mostAuthorizationCharacters = 4_096;
/** More than a gateway takes, of all signed headers together. */
const mostHeaderCharacters = 65_536;

/** The one form in which all clients write it: each parameter once, and nothing else. */
const authorizationForm =
  /^AWS4-HMAC-SHA256 +Credential=([A-Za-z0-9]{1,128})\/(\d{8})\/([A-Za-z0-9-]{1,64})\/([A-Za-z0-9-]{1,64})\/(aws4_request), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/;

/** Names in lower case with `;` between them. */
const signedHeadersForm = /^[a-z0-9_.-]+(?:;[a-z0-9_.-]+)*$/;

/** Fronts add it after a client has signed. Nothing here reads it. */
const addedByFronts = "x-amz-cf-id";

/**
 * Reads a request's signature by AWS Signature Version 4, from the header `Authorization` and from nowhere else.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * Throws `StsRefusal` with `MissingAuthenticationToken`, `IncompleteSignature` or `SignatureDoesNotMatch`.
 *
 * @example readSignature(request).accessKeyId // "KV1XABCDEFGHIJKLMNOPQRST"
 */
export function readSignature({ method, path, query, headers, body }: SignedRequest): RequestSignature {
  const header = byLowerCase(headers);
  const members = [...new URLSearchParams(query)];
  if (members.some(([name]) => /^x-amz-/i.test(name)))
    throw incomplete("The signature must be in the header Authorization: presigned requests are not taken.");

  const authorization = header.get("authorization") ?? "";
  if (authorization === "")
    throw new StsRefusal("MissingAuthenticationToken", "The request must be signed with a client key.");
  const parts =
    authorization.length <= mostAuthorizationCharacters ? authorizationForm.exec(authorization) : null;
  const [, accessKeyId = "", date = "", region = "", service = "", end = "", names = "", value = ""] =
    parts ?? [];
  if (parts === null)
    throw incomplete(
      `Authorization must have the form ${algorithm} Credential=<access key id>/<date>/<region>/sts/aws4_request, SignedHeaders=…, Signature=…`,
    );

  const time = header.get("x-amz-date") ?? "";
  if (!isTime(time)) throw incomplete("The header X-Amz-Date must be a time such as 20270131T120000Z.");
  if (service !== "sts") throw mismatch("Credential should be scoped to correct service: 'sts'.");
  if (date !== time.slice(0, 8)) throw mismatch("The date in Credential must be the date of X-Amz-Date.");

  const headerLines = canonicalHeaders(header, names);
  const bodyHash = sha256(body);
  if ((header.get("x-amz-content-sha256") ?? bodyHash) !== bodyHash)
    throw mismatch("The header X-Amz-Content-Sha256 must be the hash of the body.");
  return {
    accessKeyId,
    isOfSession: Boolean(header.get("x-amz-security-token")),
    time,
    scope: [date, region, service, end],
    canonicalRequests: signedPaths(path).map((signedPath) =>
      [method, signedPath, canonicalQuery(members), ...headerLines, "", names, bodyHash].join("\n"),
    ),
    value,
  };
}

/**
 * Whether this secret made the signature. The comparison takes the same time for every wrong signature.
 *
 * @example isSignedWith("kvs_…", readSignature(request))
 */
export function isSignedWith(secret: string, signature: RequestSignature): boolean {
  const { time, scope, canonicalRequests, value } = signature;
  const key = scope.reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
  const given = Buffer.from(value, "hex");
  return canonicalRequests.some((canonicalRequest) => {
    const expected = hmac(key, [algorithm, time, scope.join("/"), sha256(canonicalRequest)].join("\n"));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/**
 * The time in the form of a signature.
 *
 * @example signatureTime(Date.now()) // "20261122T150000Z"
 */
export function signatureTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** The time of a signature in epoch milliseconds; not a number where it is none. */
export function epochMsOf(time: string): number {
  const digits = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
  return digits.test(time) ? Date.parse(time.replace(digits, "$1-$2-$3T$4:$5:$6Z")) : Number.NaN;
}

/** A day that its month does not have would be read as another one. */
function isTime(time: string): boolean {
  const epochMs = epochMsOf(time);
  return !Number.isNaN(epochMs) && signatureTime(epochMs) === time;
}

/** A name that two spellings give two values has none. */
function byLowerCase(headers: SignedRequest["headers"]): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    if (values.has(name.toLowerCase())) throw incomplete("A header is given twice.");
    values.set(name.toLowerCase(), value);
  }
  return values;
}

/**
 * The lines of the signed headers. All must be there that the signature has to cover: the host, and what AWS gives a
 * meaning to. Clients do not sign the type of the content, which is not read either.
 */
function canonicalHeaders(header: ReadonlyMap<string, string>, signedHeaders: string): string[] {
  const names = signedHeaders.split(";");
  const isSorted = names.every((name, index) => name > (names[index - 1] ?? ""));
  if (!signedHeadersForm.test(signedHeaders) || !isSorted)
    throw incomplete("SignedHeaders must be names in lower case, sorted, each once.");
  const required = [...header.keys()].filter((name) => name.startsWith("x-amz-") && name !== addedByFronts);
  for (const name of ["host", ...required])
    if (!names.includes(name)) throw incomplete("The headers host and X-Amz-… must be signed.");
  let characters = 0;
  return names.map((name) => {
    const value = header.get(name);
    if (value === undefined) throw mismatch("SignedHeaders names a header that has not arrived.");
    characters += value.length;
    if (characters > mostHeaderCharacters) throw incomplete("The signed headers are too long.");
    return `${name}:${value.replace(/[ \t]+/g, " ").trim()}`;
  });
}

/**
 * The path as it came, and with or without a slash at its end: some SDKs sign one that a gateway may take away. What is asked
 * for does not depend on the path.
 */
function signedPaths(path: string): string[] {
  const encoded = path.split("/").map(encode).join("/");
  if (!/[^/]/.test(encoded)) return [encoded];
  return [encoded, encoded.endsWith("/") ? encoded.slice(0, -1) : `${encoded}/`];
}

function canonicalQuery(members: readonly [string, string][]): string {
  return members
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map((pair) => pair.join("="))
    .join("&");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function incomplete(message: string): StsRefusal {
  return new StsRefusal("IncompleteSignature", message);
}

function mismatch(message: string): StsRefusal {
  return new StsRefusal("SignatureDoesNotMatch", message);
}
