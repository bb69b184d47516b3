import type { CredentialsAnswer, StorageAddress } from "../contract.ts";
import type { Formatted } from "./formatted.ts";
import { s3aAddress } from "./s3a-address.ts";

/**
 * Apache Fluss's `GetFileSystemSecurityTokenResponse`, field by field, in the JSON form of protocol buffers. `schema` is
 * Fluss's word for the scheme of a URI. An address alone is what Fluss answers with when delegation is off: an empty
 * token that never expires.
 *
 * @example fluss(vended).body // { schema: "s3", token: "eyJ2ZXJzaW9uIjox…", expiration_time: 1795363200000, … }
 */
export function fluss(vended: CredentialsAnswer | StorageAddress): Formatted {
  const addition_info = Object.entries(s3aAddress(vended)).map(([key, value]) => ({ key, value }));
  const body =
    "AccessKeyId" in vended
      ? {
          schema: "s3",
          token: Buffer.from(tokenOf(vended)).toString("base64"),
          expiration_time: Date.parse(vended.Expiration),
          addition_info,
        }
      : { schema: "s3", token: "", addition_info };
  return { body, untold: [] };
}

/** The text that Fluss's own `CredentialsJsonSerde` writes. All members must be there: a missing one is null. */
function tokenOf({ AccessKeyId, SecretAccessKey, Token }: CredentialsAnswer): string {
  return JSON.stringify({
    version: 1,
    access_key_id: AccessKeyId,
    access_key_secret: SecretAccessKey,
    security_token: Token === "" ? null : Token,
  });
}
