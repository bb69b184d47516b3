import type { ReceivedRequest } from "../listener.ts";
import { SignatureRefused } from "./signature-refused.ts";

/** The signature of a request in its parts. Nothing of it is verified yet. */
export interface Signature {
  /** `query`: a presigned link. */
  form: "header" | "query";
  accessKeyId: string;
  /** `20261122/eu-central-1/s3/aws4_request` */
  scope: string;
  scopeDate: string;
  region: string;
  service: string;
  signedHeaders: readonly string[];
  /** Hexadecimal. */
  value: string;
  /** As sent, `20261122T150000Z`. */
  amzDate: string;
  /** Epoch milliseconds. */
  signedAt: number;
  /** The validity of a presigned link, in seconds. */
  validForSeconds: number | undefined;
  sessionToken: string | undefined;
}

const algorithm = "AWS4-HMAC-SHA256";
const mostLinkSeconds = 604_800;

/**
 * Reads the signature of a request from its header or from its query string, and never from both.
 *
 * @throws SignatureRefused `unsigned`, `malformed`, `headers-not-signed`
 */
export function readSignature(request: ReceivedRequest): Signature {
  const authorization = request.headers.get("authorization");
  const inQuery = request.query.has("X-Amz-Algorithm") || request.query.has("X-Amz-Signature");
  if (authorization === undefined && !inQuery) throw new SignatureRefused("unsigned");
  if (authorization !== undefined && inQuery) throw new SignatureRefused("malformed");
  const signature = authorization === undefined ? fromQuery(request) : fromHeader(request, authorization);

  const signedHeaders = new Set(signature.signedHeaders);
  const requiredHeaders = [...request.headers.keys()].filter(
    (name) => name === "host" || name.startsWith("x-amz-"),
  );
  if (!signedHeaders.has("host") || requiredHeaders.some((name) => !signedHeaders.has(name)))
    throw new SignatureRefused("headers-not-signed");
  return signature;
}

function fromHeader(request: ReceivedRequest, authorization: string): Signature {
  if (!authorization.startsWith(`${algorithm} `)) throw new SignatureRefused("malformed");
  const parts = authorization
    .slice(algorithm.length)
    .split(",")
    .map((part) => part.trim().split(/=(.*)/s, 2));
  const fields = new Map(parts.map(([name = "", value = ""]) => [name, value]));
  return {
    form: "header",
    ...readCredential(fields.get("Credential")),
    ...readDate(request.headers.get("x-amz-date")),
    signedHeaders: readSignedHeaders(fields.get("SignedHeaders")),
    value: requireMatch(/^[0-9a-f]{64}$/, fields.get("Signature")),
    validForSeconds: undefined,
    sessionToken: request.headers.get("x-amz-security-token"),
  };
}

function fromQuery({ query }: ReceivedRequest): Signature {
  const parameter = (name: string) => query.get(name) ?? undefined;
  if (parameter("X-Amz-Algorithm") !== algorithm) throw new SignatureRefused("malformed");
  const validForSeconds = Number(requireMatch(/^\d{1,6}$/, parameter("X-Amz-Expires")));
  if (validForSeconds < 1 || validForSeconds > mostLinkSeconds) throw new SignatureRefused("malformed");
  return {
    form: "query",
    ...readCredential(parameter("X-Amz-Credential")),
    ...readDate(parameter("X-Amz-Date")),
    signedHeaders: readSignedHeaders(parameter("X-Amz-SignedHeaders")),
    value: requireMatch(/^[0-9a-f]{64}$/, parameter("X-Amz-Signature")),
    validForSeconds,
    sessionToken: parameter("X-Amz-Security-Token"),
  };
}

function readCredential(credential: string | undefined) {
  const [accessKeyId = "", scopeDate = "", region = "", service = ""] = requireMatch(
    /^\w{16,128}\/\d{8}\/[a-z0-9-]+\/[a-z0-9-]+\/aws4_request$/,
    credential,
  ).split("/");
  return { accessKeyId, scopeDate, region, service, scope: `${scopeDate}/${region}/${service}/aws4_request` };
}

function readDate(date: string | undefined) {
  const amzDate = requireMatch(/^\d{8}T\d{6}Z$/, date);
  const signedAt = Date.parse(
    amzDate.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedAt)) throw new SignatureRefused("malformed");
  return { amzDate, signedAt };
}

function readSignedHeaders(names: string | undefined): string[] {
  return requireMatch(/^[a-z0-9_.-]+(?:;[a-z0-9_.-]+)*$/, names).split(";");
}

function requireMatch(shape: RegExp, text: string | undefined): string {
  if (text === undefined || !shape.test(text)) throw new SignatureRefused("malformed");
  return text;
}
