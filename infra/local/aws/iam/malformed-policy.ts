/**
 * The text is not a policy that may be attached to an identity or sent with a session. `path` is the place of the
 * fault, from `$`, which is the document itself.
 *
 * @example error.path // "$.Statement[0].Effect"
 */
export class MalformedPolicy extends Error {
  override readonly name = "MalformedPolicy";
  readonly path: string;

  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.path = path;
  }
}

/** Refuses a policy by throwing a `MalformedPolicy` for the place that is being read. */
export type Refuse = (why: string) => never;
