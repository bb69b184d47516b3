import type { Problem } from "../../contract.ts";
import { addressIn, isText, type Unchecked } from "./check-answer.ts";
import { VendingError } from "./vending-error.ts";

const longestRetryAfterSeconds = 300;

/**
 * The error for an answer that is not 200. It has the service's own words, unless something in front of it answered.
 */
export function problemError({ status, headers }: Response, body: Unchecked<Problem>): VendingError {
  const { code, message, requestId, fields } = body as Problem;
  const details = { status, retryAfterSeconds: secondsUntil(headers.get("retry-after")) };
  if (isText(code) && isText(message))
    return new VendingError(code, `${code}: ${message}`, {
      ...details,
      requestId,
      fields,
      address: addressIn(body),
    });
  return new VendingError(
    status === 429 || status >= 500 ? "unavailable" : "invalid_answer",
    `Status ${status}, not from keyvend. Check \`url\` and the network.`,
    details,
  );
}

/** `Retry-After`: seconds or a date. */
function secondsUntil(header: string | null): number | undefined {
  const seconds = header && (+header || (Date.parse(header) - Date.now()) / 1000);
  return seconds && seconds > 0 ? Math.min(seconds, longestRetryAfterSeconds) : undefined;
}
