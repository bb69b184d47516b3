import { STSClient } from "@aws-sdk/client-sts";
import { VendError } from "../core/errors.ts";
import type { Session } from "../core/session.ts";
import type { OwnCredentials } from "./sign.ts";

interface Place {
  region: string;
  stsEndpoint?: string;
}

/** What STS answers with, in every API. */
interface IssuedCredentials {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
  Expiration?: Date | undefined;
}

/**
 * Asks STS once, at a storage's own endpoint or AWS's regional one, within less time than SDKs wait for us. Misses are
 * rare, so each has its client; what the client costs is nothing beside the call.
 *
 * @throws what the SDK throws, and VendError `unavailable` for an answer without usable credentials.
 * @example await askSts(storage, key, now, (sts) => sts.send(new GetSessionTokenCommand({})))
 */
export async function askSts(
  { region, stsEndpoint }: Place,
  credentials: OwnCredentials | undefined,
  now: number,
  ask: (client: STSClient) => Promise<{ Credentials?: IssuedCredentials | undefined }>,
): Promise<Session> {
  const client = new STSClient({
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
    ...(stsEndpoint !== undefined && { endpoint: stsEndpoint }),
    ...(credentials !== undefined && { credentials }),
  });
  try {
    return sessionOf((await ask(client)).Credentials, now);
  } finally {
    client.destroy();
  }
}

/** What STS returned counts, not what was asked for: it may give less. */
function sessionOf(issued: IssuedCredentials | undefined, now: number): Session {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
  const expiration = Expiration?.getTime() ?? Number.NaN;
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !(expiration > now)) {
    throw new VendError("unavailable", "STS answered without usable credentials.");
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    issuedAt: now,
    expiration,
  };
}
