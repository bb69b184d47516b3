import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { isNode, LineCounter, parseDocument } from "yaml";
import type { Config } from "../../shared/core/config.ts";
import { withCaBundle } from "./ca-bundle.ts";
import { ConfigError, type ConfigFault, type ConfigPlace, pathOf, type Report } from "./faults.ts";
import { spellOutStorages } from "./fluss-spelling.ts";
import { parseConfig } from "./parse-config.ts";

/** A YAML file, read but not checked. */
export interface VendingYaml {
  document: unknown;
  /** The line, from 1, of a place or of the nearest thing around it that is there. */
  lineOf(place: ConfigPlace): number;
}

/**
 * Reads `infra/vending.yml` for the build: `document` is what the functions read at their cold start, in keyvend's own
 * words where storages were spelled like Fluss's.
 *
 * @throws ConfigError with every fault, at the place where it was written.
 * @example const { config, document } = loadVendingYaml("infra/vending.yml");
 */
export function loadVendingYaml(path: string): { config: Config; document: unknown } {
  return checkDocument(readVendingYaml(path).document);
}

/** `loadVendingYaml` for what is read already. `now`, in epoch milliseconds, is what expiries are held to. */
export function checkDocument(written: unknown, now = Date.now()): { config: Config; document: unknown } {
  const faults: ConfigFault[] = [];
  const report: Report = (place, message) => {
    faults.push({ path: pathOf(place), place, message });
  };
  const { document, asWritten } = spellOutStorages(written, report);
  try {
    const config = parseConfig(document, now);
    if (faults.length === 0) return { config, document };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { place, message } of error.faults) report(asWritten(place), message);
  }
  throw new ConfigError(faults);
}

/**
 * Reads YAML strictly: one document, no key twice, no unknown tag.
 *
 * @throws ConfigError for YAML that is none; its messages quote nothing of the file.
 */
export function readVendingYaml(path: string): VendingYaml {
  const lines = new LineCounter();
  const yaml = parseDocument(readText(path), { lineCounter: lines });
  const broken = [...yaml.errors, ...yaml.warnings];
  if (broken.length > 0) {
    // By its code alone: the message quotes the line that is wrong, which may hold a key that someone pasted.
    throw new ConfigError(
      broken.map(({ pos, code }) => {
        const line = lines.linePos(pos[0]).line;
        return { path: `line ${line}`, place: [], message: `is not YAML as it is read here: ${code}` };
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
    return { document: withCaBundle(yaml.toJS() as unknown, dirname(path)), lineOf };
  } catch {
    throw new ConfigError([
      { path: "(document)", place: [], message: "has an alias of nothing, or far too many" },
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
