import { VendError } from "../core/errors.ts";
import { type Judge, judgeBy, type RevocationRecord } from "../core/revocation.ts";

/** What only an instance needs that has something to refuse: it is loaded then. */

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
  throw new Error("The row of the revocations has another form than keyvend gives it.");
}

function isRecord(value: unknown): value is RevocationRecord {
  const { revoked, flushed } = Object(value) as { [Member in keyof RevocationRecord]?: unknown };
  return [revoked, flushed].every(
    (list) => Array.isArray(list) && list.every((each) => typeof Object(each).name === "string"),
  );
}

/** @throws VendError `unavailable` */
export function refuseUnread(): never {
  throw new VendError("unavailable", "Nothing can be vended right now.", {
    cause: "the revocations could not be read yet",
    retryAfterSeconds: 2,
  });
}
