import { VendError } from "../core/errors.ts";
import {
  issueRefusal,
  issueRefusalCodes,
  mostRetryAfterSeconds,
  usualRetryAfterSeconds,
} from "../core/issue-refusal.ts";
import type { VendingStorage } from "../core/ways.ts";
import { type Failure, NoSlot } from "./ports.ts";

/** The mark that a failed issue leaves; none where STS was not asked. */
export function failureOf(error: unknown, now: number): Failure | undefined {
  if (error instanceof NoSlot) return undefined;
  const { code = "internal", retryAfterSeconds = usualRetryAfterSeconds } =
    error instanceof VendError ? error : {};
  return { code, until: now + Math.min(retryAfterSeconds, mostRetryAfterSeconds) * 1_000 };
}

/** Is it too early to try again? A mark made by a clock far ahead counts for nothing: it would stand too long. */
export function failsNow({ until }: Failure, now: number): boolean {
  return now < until && until <= now + mostRetryAfterSeconds * 1_000;
}

/** What whoever asked STS was told, for those who did not have to ask. */
export function toldRefusal({ code, until }: Failure, { name }: VendingStorage, now: number): VendError {
  // Whatever may have been written into the table: callers are told codes that there are.
  return issueRefusal(issueRefusalCodes.includes(code) ? code : "internal", name, {
    retryAfterSeconds: (until - now) / 1_000,
    cause: "as another caller was told",
  });
}
