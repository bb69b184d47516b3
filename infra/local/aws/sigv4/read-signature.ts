import type { ReceivedRequest } from "../listener.ts";
import { SignatureRefused } from "./signature-refused.ts";

/** What a request says of its own signature; nothing of it is verified yet. */
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
  /** Of a presigned link, in seconds. */
  validForSeconds: number | undefined;
  sessionToken: string | undefined;
}

const algorithm = "AWS4-HMAC-SHA256";
const maxLinkSeconds = 604_800;

/**
 * Reads the signature off a request, from its header or its query string, never from both.
 *
 * @throws SignatureRefused `unsigned`, `malformed`, `headers-not-signed`
 */
export function readSignature(request: ReceivedRequest): Signature {
  const authorization = request.headers.get("authorization");
  const inQuery = request.query.has("X-Amz-Algorithm") || request.query.has("X-Amz-Signature");
  if (authorization === undefined && !inQuery) throw new SignatureRefused("unsigned");
  if (authorization !== undefined && inQuery) throw new SignatureRefused("malformed");
  const signature = authorization === undefined ? fromQuery(request) : fromHeader(request, authorization);

  const signed = new Set(signature.signedHeaders);
  const mustBeSigned = [...request.headers.keys()].filter(
    (name) => name === "host" || name.startsWith("x-amz-"),
  );
  if (!signed.has("host") || mustBeSigned.some((name) => !signed.has(name)))
    throw new SignatureRefused("headers-not-signed");
  return signature;
}

function fromHeader(request: ReceivedRequest, authorization: string): Signature {
  if (!authorization.startsWith(`${algorithm} `)) throw new SignatureRefused("malformed");
  const parts = authorization
    .slice(algorithm.length)
    .split(",")
    .map((part) => part.trim().split(/=(.*)/s, 2));
  const given = new Map(parts.map(([name = "", value = ""]) => [name, value]));
  return {
    form: "header",
    ...readCredential(given.get("Credential")),
    ...readDate(request.headers.get("x-amz-date")),
    signedHeaders: readSignedHeaders(given.get("SignedHeaders")),
    value: matching(/^[0-9a-f]{64}$/, given.get("Signature")),
    validForSeconds: undefined,
    sessionToken: request.headers.get("x-amz-security-token"),
  };
}

function fromQuery({ query }: ReceivedRequest): Signature {
  const given = (name: string) => query.get(name) ?? undefined;
  if (given("X-Amz-Algorithm") !== algorithm) throw new SignatureRefused("malformed");
  const validForSeconds = Number(matching(/^\d{1,6}$/, given("X-Amz-Expires")));
  if (validForSeconds < 1 || validForSeconds > maxLinkSeconds) throw new SignatureRefused("malformed");
  return {
    form: "query",
    ...readCredential(given("X-Amz-Credential")),
    ...readDate(given("X-Amz-Date")),
    signedHeaders: readSignedHeaders(given("X-Amz-SignedHeaders")),
    value: matching(/^[0-9a-f]{64}$/, given("X-Amz-Signature")),
    validForSeconds,
    sessionToken: given("X-Amz-Security-Token"),
  };
}

function readCredential(credential: string | undefined) {
  const [accessKeyId = "", scopeDate = "", region = "", service = ""] = matching(
    /^\w{16,128}\/\d{8}\/[a-z0-9-]+\/[a-z0-9-]+\/aws4_request$/,
    credential,
  ).split("/");
  return { accessKeyId, scopeDate, region, service, scope: `${scopeDate}/${region}/${service}/aws4_request` };
}

function readDate(date: string | undefined) {
  const amzDate = matching(/^\d{8}T\d{6}Z$/, date);
  const signedAt = Date.parse(
    amzDate.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedAt)) throw new SignatureRefused("malformed");
  return { amzDate, signedAt };
}

function readSignedHeaders(names: string | undefined): string[] {
  return matching(/^[a-z0-9_.-]+(?:;[a-z0-9_.-]+)*$/, names).split(";");
}

function matching(shape: RegExp, text: string | undefined): string {
  if (text === undefined || !shape.test(text)) throw new SignatureRefused("malformed");
  return text;
}
