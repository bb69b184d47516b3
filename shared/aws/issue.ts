import { VendError } from "../core/errors.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { Session } from "../core/session.ts";
import type { VendingStorage } from "../core/storage.ts";
import type { Clock, Issue } from "../vending/ports.ts";
import { issueByAssumeRole } from "./issue/assume-role.ts";
import { issueByFederationToken } from "./issue/federation-token.ts";
import { issueBySessionToken } from "./issue/session-token.ts";
import { issueStatic } from "./issue/static.ts";
import type { Means } from "./issue/way.ts";
import { issueByWebIdentity } from "./issue/web-identity.ts";
import { createLongTermKeys, SecretUnreadable } from "./long-term-keys.ts";
import type { OwnCredentials } from "./sign.ts";
import { factsOf, verdictOf } from "./sts-refusal.ts";

/** When to come back after STS refused for load or did not answer. */
const retryAfterSeconds = 2;

/**
 * The door of what only a miss needs: it brings the AWS SDK with it, and is loaded at the first miss.
 *
 * @example const session = await createIssue({ region, credentials, clock })(request)
 */
export function createIssue(options: {
  region: string;
  credentials: OwnCredentials;
  clock: Pick<Clock, "now">;
}): Issue {
  const means: Means = {
    keys: createLongTermKeys(options),
    ownCredentials: options.credentials,
    clock: options.clock,
  };
  return async (request) => {
    try {
      return await issueByWay(request, means);
    } catch (error) {
      throw vendError(error, request.storage);
    }
  };
}

function issueByWay(request: IssueRequest, means: Means): Promise<Session> {
  const { storage } = request;
  switch (storage.issue) {
    case "session-token":
      return issueBySessionToken({ ...request, storage }, means);
    case "federation-token":
      return issueByFederationToken({ ...request, storage }, means);
    case "assume-role":
      return issueByAssumeRole({ ...request, storage }, means);
    case "web-identity":
      return issueByWebIdentity({ ...request, storage }, means);
    case "static":
      return issueStatic({ ...request, storage }, means);
  }
}

/** Callers learn which storage it was and whether to come back; the operator, in the log, what to change. */
function vendError(error: unknown, { name: storage }: VendingStorage): VendError {
  if (error instanceof VendError) return error;
  const notNow = `Storage ${storage} cannot issue credentials right now.`;
  if (error instanceof SecretUnreadable) {
    const cause = error.message;
    return error.away
      ? new VendError("unavailable", notNow, { retryAfterSeconds, cause })
      : new VendError("storage_misconfigured", `Storage ${storage} cannot issue credentials.`, { cause });
  }
  const { code, advice } = verdictOf(error);
  const { name, status } = factsOf(error);
  const cause = `STS: ${[name, status].filter(Boolean).join(" ")}: ${advice}`;
  switch (code) {
    case "throttled":
    case "unavailable":
      return new VendError(code, notNow, { retryAfterSeconds, cause });
    case "identity_not_accepted":
      return new VendError(code, `Storage ${storage} does not accept this identity.`, { cause });
    case "policy_too_large":
      return new VendError(code, "The session policy is too large: ask for fewer or shorter prefixes.", {
        cause,
      });
    default:
      return new VendError(code, `Storage ${storage} cannot issue credentials.`, { cause });
  }
}
