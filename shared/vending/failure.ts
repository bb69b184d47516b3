import { VendError } from "../core/errors.ts";
import {
  issueRefusal,
  issueRefusalCodes,
  mostRetryAfterSeconds,
  usualRetryAfterSeconds,
} from "../core/issue-refusal.ts";
import type { VendingStorage } from "../core/ways.ts";
import { MissLimitReached } from "./miss-limits.ts";
import { type Failure, NoSlot, TableUnreachable } from "./ports.ts";

/** The mark that a failed issue leaves; none if others would not fail by the same. */
export function failureOf(error: unknown, now: number): Failure | undefined {
  if (error instanceof NoSlot || error instanceof TableUnreachable) return undefined;
  if (error instanceof MissLimitReached && error.of === "principal") return undefined;
  if (error instanceof VendError && error.code === "revoked") return undefined;
  const { code = "internal", retryAfterSeconds = usualRetryAfterSeconds } =
    error instanceof VendError ? error : {};
  return { code, until: now + Math.min(retryAfterSeconds, mostRetryAfterSeconds) * 1_000 };
}

/** Is it too early to try again? A mark of a clock that is far ahead does not count: it would stand too long. */
export function failsNow({ until }: Failure, now: number): boolean {
  return now < until && until <= now + mostRetryAfterSeconds * 1_000;
}

/** The refusal that one caller got from STS, for the callers that waited for it. */
export function repeatedRefusal({ code, until }: Failure, { name }: VendingStorage, now: number): VendError {
  // The table may hold anything: callers are told codes that exist.
  return issueRefusal(issueRefusalCodes.includes(code) ? code : "internal", name, {
    retryAfterSeconds: (until - now) / 1_000,
    cause: "as another caller was told",
  });
}
