import { escapedJson } from "../../shared/formats/escaped-json.ts";

/** A place in the configuration document, for example `["storages", "lake", "bucket"]`. */
export type ConfigPlace = readonly (string | number)[];

/** One fault. Its `message` never has a value of the document, since the value may be a misplaced key. */
export interface ConfigFault {
  /** For people: `storages.lake.bucket`. */
  path: string;
  /** For programs: the same place in steps. */
  place: ConfigPlace;
  message: string;
}

/** Records one fault. The check goes on, so that an operator sees all faults at once. */
export type Report = (place: ConfigPlace, message: string) => void;

/** A list of faults, and the report that adds to it. */
export function listOfFaults(): { faults: ConfigFault[]; report: Report } {
  const faults: ConfigFault[] = [];
  return {
    faults,
    report: (place, message) => {
      faults.push({ path: pathOf(place), place, message });
    },
  };
}

/** A report that takes places relative to the place `above`. */
export function under(report: Report, ...above: ConfigPlace): Report {
  return (below, message) => report([...above, ...below], message);
}

/** The configuration cannot be used. `faults` lists all its faults, at least one. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(`The configuration has faults:\n${faults.map((f) => `  ${f.path}: ${f.message}`).join("\n")}`);
    this.faults = faults;
  }
}

/**
 * A place in the form that people write.
 *
 * @example pathOf(["storages", "lake", "s3.region"]) // 'storages.lake["s3.region"]'
 */
export function pathOf(place: ConfigPlace): string {
  const steps = place.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[\w-]{1,64}$/.test(step) ? `.${step}` : `[${escapedJson(step.slice(0, 64))}]`;
  });
  return steps.join("").replace(/^\./, "") || "(document)";
}
