import { attempts } from "./attempts.ts";
import type { Vended } from "./check-answer.ts";
import { keepFresh } from "./keep-fresh.ts";
import { credentialsUrl, timesOf, type VendingOptions } from "./options.ts";

/**
 * What `fromVending` and `s3Config` share: options checked, then one holder of answers.
 *
 * @throws VendingError `invalid_options`
 */
export function vending(options: VendingOptions): (forceRefresh?: boolean) => Promise<Vended> {
  const url = credentialsUrl(options);
  const { refreshAheadSeconds, timeoutSeconds } = timesOf(options);
  return keepFresh(() => attempts(url, options, timeoutSeconds), refreshAheadSeconds, options.onError);
}
