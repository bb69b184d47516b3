import { createHash, createHmac } from "node:crypto";

/** The function's own credentials, as Lambda puts them into the environment. */
export interface OwnCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
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
  by: { service: string; region: string; credentials: OwnCredentials },
  now: Date,
  path = "/",
): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = by.credentials;
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
  const scope = [date, by.region, by.service, "aws4_request"];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonical)].join("\n");
  const signature = hmac(key, text).toString("hex");
  const credential = `${accessKeyId}/${scope.join("/")}`;
  return {
    ...signed,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
