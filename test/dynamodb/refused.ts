/** Why DynamoDB refuses an action; `type` is the error's name on the wire. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly type: string;

  constructor(message: string, type = "ValidationException") {
    super(message);
    this.type = type;
  }
}
