/** Where something stands in the configuration document: `["storages", "lake", "bucket"]`. */
export type ConfigPlace = readonly (string | number)[];

/** One thing that is wrong. `message` never holds a value of the document, since it may be a misplaced key. */
export interface ConfigFault {
  /** For people: `storages.lake.bucket`. */
  path: string;
  /** For programs that look the place up. */
  place: ConfigPlace;
  message: string;
}

/** Takes down one fault and goes on, so that all of them are told at once. */
export type Report = (place: ConfigPlace, message: string) => void;

/** Reports what stands under a place. */
export function under(report: Report, ...above: ConfigPlace): Report {
  return (below, message) => report([...above, ...below], message);
}

/** The configuration cannot be used; `faults` lists everything that is wrong with it, at least one thing. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(`The configuration has faults:\n${faults.map((f) => `  ${f.path}: ${f.message}`).join("\n")}`);
    this.faults = faults;
  }
}

/**
 * A place as people write it.
 *
 * @example pathOf(["storages", "lake", "s3.region"]) // 'storages.lake["s3.region"]'
 */
export function pathOf(place: ConfigPlace): string {
  const steps = place.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[\w-]{1,64}$/.test(step) ? `.${step}` : `[${JSON.stringify(step.slice(0, 64))}]`;
  });
  return steps.join("").replace(/^\./, "") || "(document)";
}
