import type { STSClientConfig } from "@aws-sdk/client-sts";

/** More than one instance has under way at once, the warmer included. */
const mostConnections = 128;

/** Spread, so that those whom one fault hit do not all come back at once. */
const mostRetryDelayMs = 100;

type RetryStrategy = Extract<NonNullable<STSClientConfig["retryStrategy"]>, { recordSuccess: unknown }>;
type Attempt = Awaited<ReturnType<RetryStrategy["acquireInitialRetryToken"]>>;

const attempt = (retries: number, delayMs: number): Attempt => ({
  getRetryCount: () => retries,
  getRetryDelay: () => delayMs,
});

/**
 * One more attempt where no answer was had, as on a kept connection that the other end has closed, or none but a fault.
 * Not where the service throttles or says when to come back: within our deadline that would only be asked too early.
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
 * How a client of the AWS SDK reaches its service: over kept connections, of a bounded number. What lasts longer than
 * the caller's deadline is ended by the caller's signal; connecting gets half of it, so that a lost packet is survived.
 *
 * @param timeoutMs the caller's deadline
 * @example new STSClient({ region, ...sdkTransport(700) })
 */
export function sdkTransport(timeoutMs: number) {
  const agent = { keepAlive: true, maxSockets: mostConnections };
  return {
    maxAttempts: 2,
    retryStrategy: onceMore,
    requestHandler: { connectionTimeout: timeoutMs / 2, httpsAgent: agent, httpAgent: agent },
  };
}
