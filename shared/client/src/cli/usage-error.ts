/** A mistake in how the command was called; `message` says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
