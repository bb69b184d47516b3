import type { PastedConfig } from "../../functions/page/operator-page.ts";
import type { Config } from "../../shared/core/config.ts";
import { type ConfigChange, differenceOf } from "../config/difference.ts";
import { ConfigError, type ConfigFault } from "../config/faults.ts";
import { readCases } from "../config/grant-cases.ts";
import { membersOf } from "../config/read-entry.ts";
import { outcomeOf } from "../config/run-cases.ts";
import { checkDocument, parseVendingYaml } from "../config/vending-yaml.ts";
import { warningsOf } from "../config/warnings.ts";

/** A fault or a warning, with its line in the pasted text where it has one. */
export interface JudgedFault {
  line?: number;
  path: string;
  message: string;
}

/** What a pasted configuration would do. */
export interface Judgement {
  faults: JudgedFault[];
  warnings: JudgedFault[];
  /** From the configuration that runs to the pasted one; absent where that has faults. */
  changes?: readonly ConfigChange[];
  /** What the caller of the pasted case would get on each storage, by the one that runs and by the pasted one. */
  outcomes?: { storage: string; running: string; pasted: string }[];
  /** What is wrong with the pasted case. */
  callerFaults?: JudgedFault[];
}

/** A case may leave out its storage: then it is asked of so many, each of which costs two decisions. */
const mostStorages = 100;

/** How the service has a configuration that was checked: with the whole names of its secrets, where it has them so. */
type AsServed = (config: Config) => Config;

/**
 * Judges a pasted `vending.yml` as the check does, and compares it with the configuration that runs. It reads no file: a path in
 * `caBundle` is passed over.
 *
 * @example judge({ config: text, caller: "{ issuer: github, claims: { ref: refs/heads/main } }" }, running).changes
 */
export function judge(
  { config: text, caller }: PastedConfig,
  running: Config,
  asServed: AsServed = (config) => config,
): Judgement {
  const empty = { faults: [], warnings: [] };
  let lineOf: ((place: ConfigFault["place"]) => number) | undefined;
  const inText = ({ place, path, message }: ConfigFault): JudgedFault => ({
    ...(lineOf && { line: lineOf(place) }),
    path,
    message,
  });
  try {
    const yaml = parseVendingYaml(text);
    ({ lineOf } = yaml);
    const { caBundle: _, ...document } = membersOf(yaml.document);
    const pasted = asServed(checkDocument(document).config);
    return {
      ...empty,
      warnings: warningsOf(pasted).map(inText),
      changes: differenceOf(running, pasted),
      ...(caller.trim() !== "" && outcomesOf(caller, running, pasted)),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...empty, faults: error.faults.map(inText) };
  }
}

function outcomesOf(
  text: string,
  running: Config,
  pasted: Config,
): Pick<Judgement, "outcomes" | "callerFaults"> {
  try {
    const entry = membersOf(parseVendingYaml(text).document);
    const all = new Set([...pasted.storages.keys(), ...running.storages.keys()]);
    const storages = typeof entry["storage"] === "string" ? [entry["storage"]] : Array.from(all);
    // Faults of the case itself are told once, and not for each storage.
    const [first = ""] = pasted.storages.keys();
    decided({ storage: first, ...entry }, pasted);
    return {
      outcomes: storages.slice(0, mostStorages).map((storage) => ({
        storage,
        running: outcomeOn(storage, entry, running),
        pasted: outcomeOn(storage, entry, pasted),
      })),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const here = ({ path, message }: ConfigFault) => ({ path: path.replace(/^cases\[0\]\.?/, ""), message });
    return { callerFaults: error.faults.map(here) };
  }
}

function outcomeOn(storage: string, entry: object, config: Config): string {
  if (!config.storages.has(storage)) return "no such storage";
  try {
    return decided({ ...entry, storage }, config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [fault] = error.faults;
    return `not accepted: ${fault?.path.replace(/^cases\[0\]\.?/, "")} ${fault?.message}`;
  }
}

/** Every case expects something; what that is does not matter here. */
function decided(entry: object, config: Config): string {
  const cases = [{ name: "pasted", expect: { denied: "no_grant" }, ...entry }];
  const [one] = readCases({ cases }, config);
  return one === undefined ? "" : outcomeOf(one, config);
}
