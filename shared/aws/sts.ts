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
import type { OwnCredentials, OwnCredentialsProvider } from "./own-credentials.ts";
import { sdkCredentials, sdkTransport } from "./sdk-transport.ts";
import { keepAnswer } from "./sts-answer.ts";
import { type StsPlace, stsPlace } from "./sts-place.ts";
import { isCallersFault } from "./sts-refusal.ts";

type StsCommand =
  | AssumeRoleCommand
  | AssumeRoleWithWebIdentityCommand
  | GetFederationTokenCommand
  | GetSessionTokenCommand;

/** The credentials in an answer of STS, alike in every API. */
interface IssuedCredentials {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
  Expiration?: Date | undefined;
}

/** STS answered, but not with a session. */
class UnusableAnswer extends Error {
  override readonly name = "UnusableAnswer";
}

/** Signs a call: a long-term key, or the service's own credentials, which may change between two calls. */
export type StsSigner = Readonly<OwnCredentials> | OwnCredentialsProvider;

/** Stands for the signer of calls that are not signed. */
const nobody = {};

/**
 * Asks the STS that issues for a storage, until the signal ends it, and measures every call. Without a signer the call is
 * not signed. Throws what the SDK throws, `NoStsHere` and `UnusableAnswer`.
 */
export type AskSts = (
  storage: KeptStorage,
  signer: StsSigner | undefined,
  command: StsCommand,
  signal: AbortSignal,
) => Promise<Session>;

/**
 * Each signer has its own client for each place, for as long as the signer exists. A client keeps its connections: a new
 * TLS handshake costs more than the call itself.
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

  function clientFor(storage: KeptStorage, signer: StsSigner | undefined): STSClient {
    const clients = clientsBySigner.get(signer ?? nobody) ?? new Map<string, STSClient>();
    clientsBySigner.set(signer ?? nobody, clients);
    const place = stsPlace(storage, ownRegion);
    const name = `${place.region} ${place.endpoint}`;
    const client = clients.get(name) ?? createClient(place, signer);
    clients.set(name, client);
    return client;
  }

  function createClient(place: StsPlace, signer: StsSigner | undefined): STSClient {
    const credentials = typeof signer === "function" ? sdkCredentials(signer) : signer;
    const client = new STSClient({
      ...place,
      ...sdkTransport(timeoutMs),
      ...(credentials && { credentials }),
    });
    // The nearest to the wire.
    const position = { step: "deserialize", priority: "low" } as const;
    client.middlewareStack.add((next) => async (args) => keepAnswer(await next(args)), position);
    return client;
  }

  return async function askSts(storage, signer, command, abortSignal) {
    const askedAt = clock.now();
    const measure = (StsFailures: 0 | 1) =>
      meter({ way: storage.issue }, { StsCalls: 1, StsFailures, StsLatency: clock.now() - askedAt });
    try {
      // The SDK's types take no union. Each of these commands answers with `Credentials`.
      const oneOfThem = command as GetSessionTokenCommand;
      const { Credentials } = await clientFor(storage, signer).send(oneOfThem, { abortSignal });
      const session = sessionOf(Credentials, askedAt);
      measure(0);
      return session;
    } catch (error) {
      // A caller can cause a refusal by its token or by its many prefixes: that must not ring the operator's alarm. Nor must
      // our own deadline: nobody has failed.
      measure(isCallersFault(error, storage.issue) || abortSignal.aborted ? 0 : 1);
      throw error;
    }
  };
}

/** The answer counts, not what was asked for: STS may give less. */
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
