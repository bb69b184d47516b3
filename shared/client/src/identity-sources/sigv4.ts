/** Credentials of AWS, in the words of the AWS SDK for JavaScript v3. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

interface SignedParts {
  method: "GET" | "POST";
  url: URL;
  /** Headers to be signed besides `host` and AWS's own. */
  headers?: Record<string, string>;
  body?: string;
  service: string;
  region: string;
  credentials: AwsCredentials;
}

type Bytes = ArrayBuffer | Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/**
 * The headers of a request, with those that sign it by Signature Version 4. It is for any service but S3, which encodes
 * paths in its own way. `now` is the time of the signature.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @example fetch(url, { headers: await signedHeaders({ method: "GET", url, service: "sts", region, credentials }, new Date()) })
 */
export async function signedHeaders(parts: SignedParts, now: Date): Promise<Record<string, string>> {
  const { method, url, body = "", service, region, credentials } = parts;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const amzDate = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers: Record<string, string> = {
    ...parts.headers,
    "x-amz-date": amzDate,
    ...(sessionToken && { "x-amz-security-token": sessionToken }),
  };
  const pairs: [string, string][] = Object.entries({ ...headers, host: url.host }).sort(byName);
  const names = pairs.map(([name]) => name).join(";");
  const canonical = [
    method,
    url.pathname.replace(/\/+/g, "/").split("/").map(encode).join("/"),
    [...url.searchParams]
      .map(([name, value]): [string, string] => [encode(name), encode(value)])
      .sort(byName)
      .map((pair) => pair.join("="))
      .join("&"),
    ...pairs.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    names,
    hex(await sha256(body)),
  ].join("\n");

  const scope = [amzDate.slice(0, 8), region, service, "aws4_request"];
  let key: Bytes = encoder.encode(`AWS4${secretAccessKey}`);
  for (const part of scope) key = await hmac(key, part);
  const text = ["AWS4-HMAC-SHA256", amzDate, scope.join("/"), hex(await sha256(canonical))].join("\n");
  const credential = `Credential=${accessKeyId}/${scope.join("/")}`;
  const signature = `Signature=${hex(await hmac(key, text))}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, ${signature}`,
  };
}

/** By name, then by value, in the order of bytes. */
function byName([a, x]: [string, string], [b, y]: [string, string]): number {
  if (a === b) return x < y ? -1 : 1;
  return a < b ? -1 : 1;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const sha256 = (text: string) => crypto.subtle.digest("SHA-256", encoder.encode(text));

async function hmac(key: Bytes, text: string): Promise<ArrayBuffer> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, encoder.encode(text));
}

const hex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
