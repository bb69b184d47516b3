import type { CheckedAnswer, VendedCredentials } from "./check-answer.ts";

/**
 * A credential provider of the AWS SDK for JavaScript v3. `forceRefresh` asks the service even if valid credentials
 * are held.
 */
export type VendingProvider = (properties?: { forceRefresh?: boolean }) => Promise<VendedCredentials>;

/**
 * Makes a provider for the AWS SDK. `memoized` says that it holds credentials itself. So the SDK asks it at every
 * request, and uses a session that was refreshed in the background at once.
 */
export const provider = (vend: (forceRefresh?: boolean) => Promise<CheckedAnswer>): VendingProvider =>
  Object.assign<VendingProvider, object>(
    async (properties) => (await vend(properties?.forceRefresh)).credentials,
    { memoized: true },
  );
