import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isNode, LineCounter, parseDocument } from "yaml";
import type { Config } from "../../shared/core/config.ts";
import { withCaBundle } from "./ca-bundle.ts";
import { ConfigError, type ConfigFault, type ConfigPlace, listOfFaults } from "./faults.ts";
import { translateStorages } from "./fluss-spelling.ts";
import { parseConfig } from "./parse-config.ts";
import { membersOf } from "./read-entry.ts";

/** A YAML text, read but not checked. */
interface ParsedYaml {
  document: unknown;
  /** The line of a place, counted from 1. For a place that does not exist, the line of the nearest one around it. */
  lineOf(place: ConfigPlace): number;
}

/**
 * How a fault in a file is told.
 *
 * @example error.faults.map(faultLine("vending.yml", yaml)) // ["vending.yml:7 storages.lake.region is missing"]
 */
export function faultLine(file: string, { lineOf }: ParsedYaml): (fault: ConfigFault) => string {
  return ({ path, place, message }) => `${file}:${lineOf(place)} ${path} ${message}`;
}

/** A YAML file, read but not checked. */
export interface VendingYaml extends ParsedYaml {
  /** The file of certificates that is in the document, if it names one. */
  caBundlePath?: string;
}

/**
 * Reads and checks `infra/vending.yml`. `document` has all storages in keyvend's own words, also those that are spelled
 * like Fluss's `server.yaml`.
 *
 * @throws ConfigError with every fault, each at its place in the file.
 * @example const { config, document } = loadVendingYaml("infra/vending.yml");
 */
export function loadVendingYaml(path: string): { config: Config; document: unknown } {
  return checkDocument(readVendingYaml(path).document);
}

/** `loadVendingYaml` for a document that was read before. Expiries are compared with `now`, in epoch milliseconds. */
export function checkDocument(source: unknown, now = Date.now()): { config: Config; document: unknown } {
  const { faults, report } = listOfFaults();
  const { document, sourcePlace } = translateStorages(source, report);
  try {
    const config = parseConfig(document, now);
    if (faults.length === 0) return { config, document };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { place, message } of error.faults) report(sourcePlace(place), message);
  }
  throw new ConfigError(faults);
}

/**
 * Reads a YAML file strictly, and the certificates that it names.
 *
 * @throws ConfigError for a file that cannot be read, and as `parseVendingYaml` does.
 */
export function readVendingYaml(path: string): VendingYaml {
  const { document, lineOf } = parseVendingYaml(readText(path));
  const { caBundle } = membersOf(document);
  const folder = dirname(path);
  return {
    document: withCaBundle(document, folder),
    ...(typeof caBundle === "string" && { caBundlePath: resolve(folder, caBundle) }),
    lineOf,
  };
}

/**
 * Reads YAML strictly: one document, no key twice, no unknown tag.
 *
 * @throws ConfigError for a text that is not such YAML. Its messages quote nothing of the text.
 * @example parseVendingYaml("storages: {}").document // { storages: {} }
 */
export function parseVendingYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines });
  const problems = [...yaml.errors, ...yaml.warnings];
  if (problems.length > 0) {
    // Gives the code alone: the parser's message quotes the faulty line, which may have a key that somebody pasted.
    throw new ConfigError(
      problems.map(({ pos, code }) => {
        const line = lines.linePos(pos[0]).line;
        return { path: `line ${line}`, place: [], message: `is not valid YAML here: ${code}` };
      }),
    );
  }
  const lineOf = (place: ConfigPlace): number => {
    for (let depth = place.length; depth >= 0; depth--) {
      const node = depth === 0 ? yaml.contents : yaml.getIn(place.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  try {
    return { document: yaml.toJS(), lineOf };
  } catch {
    throw new ConfigError([
      { path: "(document)", place: [], message: "has an alias without an anchor, or far too many aliases" },
    ]);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([{ path: "(file)", place: [], message: `cannot be read: ${code}` }]);
  }
}
