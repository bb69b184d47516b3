/** The service answered with an error, or not at all. `type` is the service's name for the error, without its namespace. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly type: string;
  readonly status: number | undefined;

  constructor(action: string, type: string, status?: number) {
    super(`${action}: ${type}${status === undefined ? "" : ` (${status})`}`);
    this.type = type;
    this.status = status;
  }
}
