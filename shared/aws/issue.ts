import { VendError } from "../core/errors.ts";
import { DeadlinePassed, issueRefusal } from "../core/issue-refusal.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { Session } from "../core/session.ts";
import type { StorageOf } from "../core/storage.ts";
import type { VendingStorage, VendingWay } from "../core/ways.ts";
import { type Clock, type Issue, NoSlot } from "../vending/ports.ts";
import { issueByAssumeRole } from "./issue/assume-role.ts";
import { issueByFederationToken } from "./issue/federation-token.ts";
import { issueBySessionToken } from "./issue/session-token.ts";
import { issueStatic } from "./issue/static.ts";
import type { IssueBy, Means } from "./issue/way.ts";
import { issueByWebIdentity } from "./issue/web-identity.ts";
import { SecretUnreadable } from "./key-versions.ts";
import { createLongTermKeys, type LongTermKeys } from "./long-term-keys.ts";
import type { Meter } from "./meter.ts";
import type { OwnCredentialsProvider } from "./own-credentials.ts";
import { type AskSts, createAskSts } from "./sts.ts";
import { answerOf } from "./sts-answer.ts";
import { accountOf, advisedSecondsOf, KeyNotKnownYet, verdictOf } from "./sts-refusal.ts";

/**
 * Issues for any storage, in its way. It brings the AWS SDK with it, and is loaded at the first miss.
 *
 * @param options `timeoutMs` is the usual deadline of a whole issue, including the read of the long-term key. An issue that
 *   is not done by then is aborted. `keys` are those that another part reads as well.
 * @example const session = await createIssue({ region, credentials, clock, timeoutMs: 700, meter })(request)
 */
export function createIssue(options: {
  region: string;
  credentials: OwnCredentialsProvider;
  clock: Pick<Clock, "now">;
  timeoutMs: number;
  meter: Meter;
  keys?: LongTermKeys;
}): Issue {
  const { credentials: ownCredentials, clock, meter, timeoutMs: usualTimeoutMs } = options;
  const { keys = createLongTermKeys(options) } = options;
  const askSts = createAskSts(options);
  return async function issue(request, { turn, newestKey, since, until } = {}) {
    const now = clock.now();
    const end = until ?? (since ?? now) + usualTimeoutMs;
    const timeoutMs = Math.max(end - now, leastTimeoutMs);
    const signal = AbortSignal.timeout(timeoutMs);
    let waitsFor = "the long-term key";
    const askInTurn: AskSts = async (...call) => {
      await turn?.();
      waitsFor = "STS";
      return askSts(...call);
    };
    try {
      return await send(request.storage.issue, request, {
        keys,
        newestKey,
        askSts: askInTurn,
        ownCredentials,
        clock,
        signal,
      });
    } catch (error) {
      if (error instanceof NoSlot) throw error;
      // A refusal that came in time is a refusal.
      if (signal.aborted && !(error instanceof KeyNotKnownYet) && answerOf(error).status === undefined) {
        meter({ way: request.storage.issue }, { DeadlinesPassed: 1 });
        throw new DeadlinePassed(request.storage.name, `${waitsFor} (${timeoutMs} ms)`);
      }
      throw refusalOf(error, request.storage, clock.now());
    }
  };
}

/** However late it is: nearly every STS answers within this time. */
const leastTimeoutMs = 300;

/** The function that sends the request of each way. */
const senders: { readonly [W in VendingWay]: IssueBy<W> } = {
  "session-token": issueBySessionToken,
  "federation-token": issueByFederationToken,
  "assume-role": issueByAssumeRole,
  "web-identity": issueByWebIdentity,
  static: issueStatic,
};

function send<W extends VendingWay>(
  way: W,
  request: IssueRequest<StorageOf<W>>,
  means: Means,
): Promise<Session> {
  return senders[way](request, means);
}

/** The caller gets the words of the code. The operator finds in the log what to change. */
function refusalOf(error: unknown, storage: VendingStorage, now: number): VendError {
  if (error instanceof VendError) return error;
  if (error instanceof SecretUnreadable) {
    const code = error.away ? "unavailable" : "storage_misconfigured";
    return issueRefusal(code, storage.name, { cause: error.message });
  }
  return issueRefusal(verdictOf(error, storage.issue).code, storage.name, {
    cause: accountOf(error, storage.issue),
    retryAfterSeconds: advisedSecondsOf(error, now),
  });
}
