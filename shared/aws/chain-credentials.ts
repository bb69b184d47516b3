import { STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../vending/ports.ts";
import { CallFailed } from "./call-failed.ts";
import type { OwnCredentials, OwnCredentialsProvider } from "./own-credentials.ts";

/** Credentials are renewed so long before they end, as the AWS SDK does it. */
const aheadMs = 5 * 60_000;
/** How long a caller waits for credentials that are not known. */
const waitMs = 1_000;
/** How long a failure is remembered, so that no caller waits for it twice. */
const failedMs = 1_000;
/** The chain may give the same ones again until shortly before they end: it is not asked without a pause. */
const pauseMs = 10_000;

interface Known extends OwnCredentials {
  expiration?: Date | undefined;
}

/**
 * The server's own credentials, as every AWS SDK finds them: variables, a web identity (IRSA), a container's (Pod Identity, ECS),
 * profiles, and the instance's role. They are renewed before they end; while that fails, the known ones serve to their end.
 *
 * @throws (the promise) CallFailed
 * @example const ownCredentials = createChainCredentials({ clock: { now: Date.now } })
 */
export function createChainCredentials({
  clock,
  chain = chainOfSdk(),
}: {
  clock: Pick<Clock, "now">;
  chain?: () => Promise<Known>;
}): OwnCredentialsProvider {
  let known: Known | undefined;
  let asking: Promise<Known> | undefined;
  let askAgainAt = 0;
  let failure: { error: CallFailed; until: number } | undefined;

  const leftMs = () => (known === undefined ? 0 : (known.expiration?.getTime() ?? Infinity) - clock.now());

  async function ask(): Promise<Known> {
    try {
      known = await chain();
      askAgainAt = clock.now() + pauseMs;
      return known;
    } catch (error) {
      // The chain's own messages may have paths, and answers of others.
      failure = {
        error: new CallFailed("own AWS credentials", (error as Error).name),
        until: clock.now() + failedMs,
      };
      throw failure.error;
    } finally {
      asking = undefined;
    }
  }

  return async function ownCredentials() {
    const isGood = leftMs() > aheadMs || (leftMs() > 0 && clock.now() < askAgainAt);
    if (known !== undefined && isGood) return known;
    if (failure !== undefined && clock.now() < failure.until) {
      if (known !== undefined && leftMs() > 0) return known;
      throw failure.error;
    }
    asking ??= ask();
    if (known !== undefined && leftMs() > 0) {
      asking.catch(() => undefined);
      return known;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new CallFailed("own AWS credentials", "timeout")), waitMs);
    });
    return Promise.race([asking, late]).finally(() => clearTimeout(timer));
  };
}

/** Any client of the SDK has the whole chain. This one is never sent anything. */
function chainOfSdk(): () => Promise<Known> {
  const { credentials } = new STSClient({ region: "us-east-1" }).config;
  return () => credentials({ forceRefresh: true });
}
