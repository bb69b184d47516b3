import { attempts } from "./attempts.ts";
import { type CheckedAnswer, checkAnswer } from "./check-answer.ts";
import { keepFresh } from "./keep-fresh.ts";
import { credentialsUrl, timesOf, type VendingOptions } from "./options.ts";
import { bearer, type IdentityProof, request } from "./request.ts";
import { VendingError } from "./vending-error.ts";

/**
 * Checks the options, and makes the holder of answers that `fromVending` and `s3Config` share.
 *
 * @throws VendingError `invalid_options`
 */
export function vending(options: VendingOptions): (forceRefresh?: boolean) => Promise<CheckedAnswer> {
  const url = credentialsUrl(options);
  const { refreshAheadSeconds, timeoutSeconds } = timesOf(options);
  const vendOnce = async (end: AbortSignal) => checkAnswer(await request(url, await proofBy(options), end));
  return keepFresh(
    () => attempts(vendOnce, timeoutSeconds, options.signal),
    refreshAheadSeconds,
    options.onError,
  );
}

async function proofBy({ token, url }: VendingOptions): Promise<IdentityProof> {
  try {
    return bearer(typeof token === "function" ? await token(url) : token);
  } catch (cause) {
    throw new VendingError("invalid_token", "No good token. Check `token`.", { cause });
  }
}
