import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import type { OwnCredentialsProvider } from "./own-credentials.ts";

/** For which service requests are signed, and with what. */
export interface SignerOptions {
  /** The signing name: `dynamodb`, `secretsmanager`, `lambda`. */
  service: string;
  region: string;
  credentials: OwnCredentialsProvider;
}

/**
 * Gives the headers of a POST with its signature among them.
 *
 * `headers` are by lower-case name, `host` among them; all are signed. `path` consists of letters, digits, `/`, `-`, `_`
 * and `.` only, which need no encoding. Throws what the provider of the credentials throws.
 */
export type Sign = (
  headers: Readonly<Record<string, string>>,
  body: string,
  now: Date,
  path?: string,
) => Promise<Record<string, string>>;

/** Derived from one secret key for one day. */
interface DayKey {
  date: string;
  secretAccessKey: string;
  key: KeyObject;
}

/**
 * Signs by AWS Signature Version 4 what a service with a JSON protocol needs: a POST. The general signers cost the hit
 * path more bytes than all of its own DynamoDB code.
 *
 * @example const headers = await createSigner({ service: "dynamodb", region, credentials })({ host }, body, new Date())
 */
export function createSigner({ service, region, credentials }: SignerOptions): Sign {
  let last: DayKey | undefined;

  function scopeOf(date: string): string[] {
    return [date, region, service, "aws4_request"];
  }

  /**
   * Deriving the key takes longer than everything else here, so the last one is remembered: for its day, and for the
   * secret key that it was derived from. Renewed credentials never meet a key of the old ones.
   */
  function signingKey(secretAccessKey: string, date: string): KeyObject {
    if (last?.date === date && last.secretAccessKey === secretAccessKey) return last.key;
    const secret = Buffer.from(`AWS4${secretAccessKey}`);
    const key = createSecretKey(scopeOf(date).reduce<Buffer>(hmac, secret));
    last = { date, secretAccessKey, key };
    return key;
  }

  return async function sign(headers, body, now, path = "/") {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
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
      hash("sha256", body),
    ].join("\n");
    const scope = scopeOf(date).join("/");
    const text = ["AWS4-HMAC-SHA256", time, scope, hash("sha256", canonical)].join("\n");
    const signature = hmac(signingKey(secretAccessKey, date), text).toString("hex");
    const credential = `${accessKeyId}/${scope}`;
    return {
      ...signed,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
    };
  };
}

function hmac(key: KeyObject | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
