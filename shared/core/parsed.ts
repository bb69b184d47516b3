/**
 * What came of reading text from outside: its value, or the reason why it was refused, worded so that it can follow the
 * field's name ("must not hold …") in a configuration fault and in a request's alike. Input is refused, never repaired.
 */
export type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };
