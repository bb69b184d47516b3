import type { CheckedAnswer, VendedCredentials } from "./check-answer.ts";

/** A credential provider of the AWS SDK for JavaScript v3. `forceRefresh` asks the service whatever is held. */
export type VendingProvider = (properties?: { forceRefresh?: boolean }) => Promise<VendedCredentials>;

/**
 * `memoized` tells the SDK that this provider keeps credentials itself: so it asks at every request, and a session that
 * was refreshed in the background is used at once.
 */
export const provider = (vend: (forceRefresh?: boolean) => Promise<CheckedAnswer>): VendingProvider =>
  Object.assign<VendingProvider, object>(
    async (properties) => (await vend(properties?.forceRefresh)).credentials,
    { memoized: true },
  );
