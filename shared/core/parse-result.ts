/**
 * The result of reading text from outside: its value, or the reason why it is refused. The reason can follow a field's
 * name ("must not hold …"), in a fault of the configuration and in one of a request. Input is refused, never repaired.
 */
export type ParseResult<T> = { ok: true; value: T } | { ok: false; reason: string };
