/** What keeps a document from being made, with what to do. */
export interface IamFault {
  /** Names of the storages that it is about; none where it is about the deployment. */
  storages: readonly string[];
  message: string;
}

/** Records a fault. The work goes on, so that all of them are told at once. */
export type ReportFault = (storages: readonly string[], message: string) => void;

/** Documents cannot be made. `faults` lists all that keeps them from it. */
export class IamError extends Error {
  override readonly name = "IamError";
  readonly faults: readonly IamFault[];

  constructor(faults: readonly IamFault[]) {
    super(
      faults
        .map(({ storages, message }) => (storages.length > 0 ? `${placesOf(storages)}: ${message}` : message))
        .join("\n"),
    );
    this.faults = faults;
  }
}

/**
 * Storages as the check calls them.
 *
 * @example placesOf(["lake", "pond"]) // "storages.lake, storages.pond"
 */
export function placesOf(storages: readonly string[]): string {
  return storages.map((name) => `storages.${name}`).join(", ");
}
