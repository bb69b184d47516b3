import type { Vended } from "../check-answer.ts";

/** Where S3 is, as AWS SDKs read it from the environment: boto3 knows the second name of the region alone. */
export const addressVariables = ({ address: { endpoint, region } }: Vended): Record<string, string> => ({
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
});

/** Credentials as AWS SDKs read them. A session token of before must not stay beside a long-term key: it is emptied. */
export const credentialVariables = ({ credentials }: Vended): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken ?? "",
  AWS_CREDENTIAL_EXPIRATION: credentials.expiration.toISOString(),
});
