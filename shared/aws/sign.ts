import { createHash, createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** The function's own credentials, as Lambda puts them into the environment. */
export interface OwnCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** With what, for which service. Never changed once it has signed. */
export interface Signer {
  /** The signing name: `dynamodb`, `secretsmanager`, `lambda`. */
  readonly service: string;
  readonly region: string;
  readonly credentials: Readonly<OwnCredentials>;
}

/**
 * The headers of a POST, signed by AWS Signature Version 4: all that a service with a JSON protocol needs. The general
 * signers cost the hit path more bytes than all of its own DynamoDB code.
 *
 * @param headers by lower-case name, `host` among them; all are signed
 * @param path of letters, digits, `/`, `-`, `_` and `.` only, which need no encoding
 * @example signedHeaders({ host, "content-type": type }, body, { service: "dynamodb", region, credentials }, new Date())
 */
export function signedHeaders(
  headers: Readonly<Record<string, string>>,
  body: string,
  by: Signer,
  now: Date,
  path = "/",
): Record<string, string> {
  const { accessKeyId, sessionToken } = by.credentials;
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const signed: Record<string, string> = {
    ...headers,
    "x-amz-date": time,
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(signed).sort();
  const canonical = [
    "POST",
    path,
    "",
    ...names.map((name) => `${name}:${signed[name]}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
  const scope = scopeOf(by, date).join("/");
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const signature = hmac(signingKey(by, date), text).toString("hex");
  const credential = `${accessKeyId}/${scope}`;
  return {
    ...signed,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

function scopeOf({ region, service }: Signer, date: string): string[] {
  return [date, region, service, "aws4_request"];
}

/** The last key of each signer. It is good for a day, and deriving it takes longer than everything else here. */
const signingKeys = new WeakMap<Signer, { date: string; key: KeyObject }>();

function signingKey(by: Signer, date: string): KeyObject {
  const known = signingKeys.get(by);
  if (known?.date === date) return known.key;
  const secret = Buffer.from(`AWS4${by.credentials.secretAccessKey}`);
  const key = createSecretKey(scopeOf(by, date).reduce<Buffer>(hmac, secret));
  signingKeys.set(by, { date, key });
  return key;
}

function hmac(key: KeyObject | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
