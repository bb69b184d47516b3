import type { ErrorCode } from "../contract.ts";
import { VendError } from "./errors.ts";

/** When to come back where STS did not say. */
export const usualRetryAfterSeconds = 2;

/** The longest time for which a caller is sent away, even if STS advises a longer one. */
export const mostRetryAfterSeconds = 10;

const notNow = (storage: string) => `Storage ${storage} cannot issue credentials right now.`;
const cannot = (storage: string) => `Storage ${storage} cannot issue credentials.`;

const messages: { readonly [code in ErrorCode]?: (storage: string) => string } = {
  throttled: notNow,
  unavailable: notNow,
  storage_misconfigured: cannot,
  identity_not_accepted: (storage) => `Storage ${storage} does not accept this identity.`,
  policy_too_large: () => "The session policy is too large: ask for fewer or shorter prefixes.",
  internal: cannot,
};

/** The codes with which an issue can be refused. A code says everything, so that waiting callers can be refused by it too. */
export const issueRefusalCodes = Object.keys(messages) as readonly ErrorCode[];

/**
 * A refused issue, in the words of its code: the caller that asked STS and those that waited get the same. Callers learn
 * which storage it was and whether to come back; the `cause` is for the operator's log.
 *
 * @param details `retryAfterSeconds` is STS's advice, if it gave any. Only `throttled` and
 *   `unavailable`, which pass by themselves, say when to come back: in whole seconds from 1 to `mostSeconds`.
 * @example issueRefusal("throttled", "lake", { retryAfterSeconds: 3.2 }).retryAfterSeconds // 4
 */
export function issueRefusal(
  code: ErrorCode,
  storageName: string,
  details: { cause?: unknown; retryAfterSeconds?: number | undefined; mostSeconds?: number } = {},
): VendError {
  const { cause, retryAfterSeconds, mostSeconds = mostRetryAfterSeconds } = details;
  return new VendError(code, (messages[code] ?? cannot)(storageName), {
    cause,
    ...(passes(code) && { retryAfterSeconds: boundedSeconds(retryAfterSeconds, mostSeconds) }),
  });
}

/** Does a refusal of this code pass by itself? STS throttles, or is away. */
function passes(code: ErrorCode): code is "throttled" | "unavailable" {
  return code === "throttled" || code === "unavailable";
}

/** A refusal that passes by itself, so that its caller may come back. */
export function isPassing(error: unknown): error is VendError & { code: "throttled" | "unavailable" } {
  return error instanceof VendError && passes(error.code);
}

/**
 * Our own deadline passed before the issue was done. It is nobody's failure: STS may well be answering.
 *
 * @example throw new DeadlinePassed("lake", "STS")
 */
export class DeadlinePassed extends VendError {
  readonly waitedFor: string;

  constructor(storageName: string, waitedFor: string, retryAfterSeconds = usualRetryAfterSeconds) {
    super("unavailable", notNow(storageName), {
      cause: `keyvend's own deadline passed while it waited for ${waitedFor}`,
      retryAfterSeconds,
    });
    this.waitedFor = waitedFor;
  }
}

function boundedSeconds(advised = Number.NaN, most: number): number {
  if (Number.isNaN(advised)) return usualRetryAfterSeconds;
  return Math.min(Math.max(Math.ceil(advised), 1), most);
}
