import {
  type AssumeRoleCommand,
  type AssumeRoleWithWebIdentityCommand,
  type GetFederationTokenCommand,
  type GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import type { Session } from "../core/session.ts";
import type { KeptStorage } from "../core/ways.ts";
import type { Clock } from "../vending/ports.ts";
import type { Meter } from "./meter.ts";
import { sdkTransport } from "./sdk-transport.ts";
import type { OwnCredentials } from "./sign.ts";
import { stsPlace } from "./sts-place.ts";
import { isCallersFault } from "./sts-refusal.ts";

type StsCommand =
  | AssumeRoleCommand
  | AssumeRoleWithWebIdentityCommand
  | GetFederationTokenCommand
  | GetSessionTokenCommand;

/** What STS answers with, in every API. */
interface IssuedCredentials {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
  Expiration?: Date | undefined;
}

/** STS answered, and not with a session. */
class UnusableAnswer extends Error {
  override readonly name = "UnusableAnswer";
}

/** For what is not signed. */
const nobody = {};

/**
 * Asks the STS that issues for a storage, until the signal ends it, and measures every call. Throws what the SDK throws,
 * and `UnusableAnswer`.
 */
export type AskSts = (
  storage: KeptStorage,
  credentials: OwnCredentials | undefined,
  command: StsCommand,
  signal: AbortSignal,
) => Promise<Session>;

/**
 * A client keeps its connections, and is kept as long as the credentials that it signs with: a new TLS handshake costs
 * more than the call itself.
 *
 * @example const session = await createAskSts({ region, clock, timeoutMs: 700, meter })(storage, key, command, signal)
 */
export function createAskSts(options: {
  region: string;
  clock: Pick<Clock, "now">;
  timeoutMs: number;
  meter: Meter;
}): AskSts {
  const { region: ownRegion, clock, timeoutMs, meter } = options;
  const clientsBySigner = new WeakMap<object, Map<string, STSClient>>();

  function clientOf(storage: KeptStorage, credentials: OwnCredentials | undefined) {
    const signer = credentials ?? nobody;
    const clients = clientsBySigner.get(signer) ?? new Map<string, STSClient>();
    clientsBySigner.set(signer, clients);
    const place = stsPlace(storage, ownRegion);
    const name = `${place.region} ${place.endpoint}`;
    const known = clients.get(name);
    if (known !== undefined) return known;
    const client = new STSClient({
      ...place,
      ...sdkTransport(timeoutMs),
      ...(credentials !== undefined && { credentials }),
    });
    clients.set(name, client);
    return client;
  }

  return async (storage, credentials, command, abortSignal) => {
    const askedAt = clock.now();
    const measure = (StsFailures: 0 | 1) =>
      meter({ way: storage.issue }, { StsCalls: 1, StsFailures, StsLatency: clock.now() - askedAt });
    try {
      // The SDK's types take no union; all of these answer with `Credentials`.
      const oneOfThem = command as GetSessionTokenCommand;
      const { Credentials } = await clientOf(storage, credentials).send(oneOfThem, { abortSignal });
      const session = sessionOf(Credentials, askedAt);
      measure(0);
      return session;
    } catch (error) {
      // What any caller can bring about, with its token or its many prefixes, must not ring the operator's alarm.
      measure(isCallersFault(error) ? 0 : 1);
      throw error;
    }
  };
}

/** What STS returned counts, not what was asked for: it may give less. */
function sessionOf(issued: IssuedCredentials | undefined, now: number): Session {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
  const expiration = Expiration?.getTime() ?? Number.NaN;
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !(expiration > now)) throw new UnusableAnswer();
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    issuedAt: now,
    expiration,
  };
}
