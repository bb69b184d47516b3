/**
 * A refusal in AWS's words. Its message goes to the caller, so it never holds a secret or a token.
 *
 * @example throw new AwsFault(404, "NoSuchBucket", "The specified bucket does not exist")
 */
export class AwsFault extends Error {
  override readonly name = "AwsFault";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
