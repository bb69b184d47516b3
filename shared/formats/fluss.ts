import type { StorageAddress } from "../contract.ts";
import type { FormatSource, JsonFormat } from "./format.ts";
import { s3aAddress, s3aPrefix, s3aWarnings } from "./s3a.ts";

/**
 * Apache Fluss's `GetFileSystemSecurityTokenResponse`, field by field, in the JSON form of protocol buffers. `schema`
 * is Fluss's word for the scheme of a URI. An address alone is what Fluss answers with when delegation is off: an
 * empty token that never expires.
 *
 * @example fluss.ofCredentials(answer).body // { schema: "s3", token: "eyJ2ZXJzaW9uIjox…", expiration_time: 1795363200000, … }
 */
export const fluss: JsonFormat = {
  description: "GetFileSystemSecurityTokenResponse of Apache Fluss, in JSON.",
  mediaType: "application/json",
  ofCredentials: (source) => ({
    body: {
      schema: "s3",
      token: Buffer.from(tokenText(source)).toString("base64"),
      expiration_time: Date.parse(source.Expiration),
      addition_info: addressPairs(source),
    },
    omissions:
      source.Token === ""
        ? ["a session token, for which Fluss 0.9.1 sends an empty one, and stores refuse it"]
        : [],
  }),
  warningsOf: s3aWarnings,
  ofAddress: (address) => ({
    body: { schema: "s3", token: "", addition_info: addressPairs(address) },
    omissions: [
      "credentials, without which Fluss 0.9.1 and before throw this answer away, its address included",
    ],
  }),
};

function addressPairs(address: StorageAddress): object[] {
  return Object.entries(s3aAddress(address)).map(([name, value]) => ({ key: s3aPrefix + name, value }));
}

/** The text that Fluss's own `CredentialsJsonSerde` writes. Its reader fails on a missing member, so an absent value is null. */
function tokenText({ AccessKeyId, SecretAccessKey, Token }: FormatSource): string {
  return JSON.stringify({
    version: 1,
    access_key_id: AccessKeyId,
    access_key_secret: SecretAccessKey,
    security_token: Token === "" ? null : Token,
  });
}
