import type { CredentialsAnswer } from "../contract.ts";
import type { Formatted } from "./formatted.ts";

/**
 * The answer of LoadCredentials in Iceberg's REST catalog protocol. Its Java client wants exactly one entry for S3, and
 * every value as text.
 *
 * @example iceberg(vended).body // { "storage-credentials": [{ prefix: "s3://lake/t1/", config: { … } }] }
 */
export function iceberg(vended: CredentialsAnswer): Formatted {
  const { Targets, Token } = vended;
  const [only, ...others] = Targets;
  const whole = `s3://${vended.Bucket}/`;
  return {
    body: {
      "storage-credentials": [
        {
          prefix: only === undefined || others.length > 0 ? whole : only,
          config: {
            "s3.access-key-id": vended.AccessKeyId,
            "s3.secret-access-key": vended.SecretAccessKey,
            ...(Token !== "" && { "s3.session-token": Token }),
            "s3.session-token-expires-at-ms": String(Date.parse(vended.Expiration)),
            "s3.endpoint": vended.Endpoint,
            "s3.path-style-access": String(vended.PathStyleAccess),
            "client.region": vended.Region,
          },
        },
      ],
    },
    untold: [
      ...(others.length > 0 ? [`${Targets.length} targets, for which the prefix ${whole} stands`] : []),
      ...(Token === "" ? ["a session token, without which Iceberg's Java client does not refresh"] : []),
    ],
  };
}
