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
export function provider(vend: (forceRefresh?: boolean) => Promise<CheckedAnswer>): VendingProvider {
  let last: Promise<CheckedAnswer> | undefined;
  let credentials: Promise<VendedCredentials>;
  return Object.assign<VendingProvider, object>(
    (properties) => {
      const answer = vend(properties?.forceRefresh);
      if (answer !== last) credentials = answer.then((fresh) => fresh.credentials);
      last = answer;
      return credentials;
    },
    { memoized: true },
  );
}
