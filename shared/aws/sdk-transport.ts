import type { STSClientConfig } from "@aws-sdk/client-sts";
import type { OwnCredentialsProvider } from "./own-credentials.ts";

/** More connections than one instance uses at once, the warmer included. */
const mostConnections = 128;

/** Retries are spread over this time, so that callers that one fault hit do not all come back at once. */
const mostRetryDelayMs = 100;

type RetryStrategy = Extract<NonNullable<STSClientConfig["retryStrategy"]>, { recordSuccess: unknown }>;
type Attempt = Awaited<ReturnType<RetryStrategy["acquireInitialRetryToken"]>>;

function attempt(retries: number, delayMs: number): Attempt {
  return { getRetryCount: () => retries, getRetryDelay: () => delayMs };
}

/**
 * Allows one more attempt when the service did not answer (a kept connection may have been closed by the other end) or
 * answered with a fault of its own. It allows none when the service throttles or says when to come back: within our
 * deadline, the next attempt would only come too early.
 */
const onceMore: RetryStrategy = {
  acquireInitialRetryToken: async () => attempt(0, 0),
  async refreshRetryTokenForRetry(before, { errorType, retryAfterHint }) {
    if (errorType !== "TRANSIENT" || retryAfterHint !== undefined || before.getRetryCount() > 0) {
      throw new Error("No more attempts.");
    }
    return attempt(1, Math.random() * mostRetryDelayMs);
  },
  recordSuccess: () => undefined,
};

/**
 * How a client of the AWS SDK reaches its service: over kept connections, of a bounded number. The caller's signal ends
 * what lasts longer than the caller's deadline; connecting gets half of the deadline, so that one lost packet does no harm.
 *
 * @param timeoutMs the caller's deadline
 * @example new STSClient({ region, ...sdkTransport(700) })
 */
export function sdkTransport(timeoutMs: number) {
  const agent = { keepAlive: true, maxSockets: mostConnections };
  return {
    retryStrategy: onceMore,
    requestHandler: { connectionTimeout: timeoutMs / 2, httpsAgent: agent, httpAgent: agent },
  };
}

/**
 * The service's own credentials as a client of the AWS SDK takes them. The SDK would keep for ever what it is given
 * without an expiration, unless the provider says that it remembers by itself.
 *
 * @example new SecretsManagerClient({ region, credentials: sdkCredentials(ownCredentials) })
 */
export function sdkCredentials(provider: OwnCredentialsProvider) {
  return Object.assign(() => provider(), { memoized: true });
}
