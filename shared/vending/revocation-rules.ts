import { VendError } from "../core/errors.ts";
import { type Judge, judgeBy, type RevocationRecord } from "../core/revocation.ts";
import type { Clock } from "./ports.ts";

/** What only an instance needs that has something to refuse, or cannot read what: it is loaded then. */

/**
 * The judge by the text of a record.
 *
 * @throws Error for a text that keyvend has not written: it must not look like a record in which nothing is revoked.
 */
export function judgeByText(text: string): Judge {
  return judgeBy(readRecord(text));
}

/**
 * Reads what `JSON.stringify` has made of a record.
 *
 * @throws Error, as `judgeByText`
 */
export function readRecord(text: string): RevocationRecord {
  try {
    const record: unknown = JSON.parse(text);
    if (isRecord(record)) return record;
  } catch {
    // The parser's own error would quote the text.
  }
  throw new Error(
    "The row `revocations` of the table has another form than keyvend gives it: delete it, and revoke again what it held.",
  );
}

function isRecord(value: unknown): value is RevocationRecord {
  const { revoked, flushed } = Object(value) as { [Member in keyof RevocationRecord]?: unknown };
  return [revoked, flushed].every(
    (list) => Array.isArray(list) && list.every((each) => typeof Object(each).name === "string"),
  );
}

/** For how long an instance that knows nothing yet tries again, and how often at most: its caller gets nothing before. */
const triesMs = 700;
const mostTries = 8;
const pauseMs = 50;

/**
 * Tries again to read what could not be read at the first try.
 *
 * @param read tells whether it was successful
 * @throws (the promise) VendError `unavailable`
 */
export async function readAtLast(read: () => Promise<boolean>, clock: Clock): Promise<void> {
  const end = clock.now() + triesMs;
  for (let tries = 0; tries < mostTries && clock.now() < end; tries++) {
    await clock.sleep(pauseMs * (0.5 + Math.random()));
    if (await read()) return;
  }
  throw new VendError("unavailable", "Nothing can be vended right now.", {
    cause: "the revocations could not be read yet",
    retryAfterSeconds: 2,
  });
}
