/** What keeps the documents from being made. `faults` lists all of it, each with what to do. */
export class IamError extends Error {
  override readonly name = "IamError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}
