import { readFileSync } from "node:fs";
import { isNode, LineCounter, parseDocument } from "yaml";
import { ConfigError, type Place } from "../functions/config/faults.ts";
import { parseConfig } from "../functions/config.ts";
import type { Config } from "../shared/core/config.ts";

/** A YAML file, read but not checked. */
export interface VendingYaml {
  document: unknown;
  /** The line, from 1, of a place or of the nearest thing around it that is there. */
  lineOf(place: Place): number;
}

/**
 * Reads `infra/vending.yml` for the build: `document` is what the functions read at their cold start.
 *
 * @throws ConfigError with every fault.
 * @example const { config, document } = loadVendingYaml("infra/vending.yml");
 */
export function loadVendingYaml(path: string): { config: Config; document: unknown } {
  const { document } = readVendingYaml(path);
  return { config: parseConfig(document), document };
}

/**
 * Reads YAML strictly: one document, no key twice, no unknown tag.
 *
 * @throws ConfigError for YAML that is none; its messages quote nothing of the file.
 */
export function readVendingYaml(path: string): VendingYaml {
  const lines = new LineCounter();
  // Pretty errors quote the line that is wrong, which may hold a key that someone pasted.
  const yaml = parseDocument(readFileSync(path, "utf8"), { lineCounter: lines, prettyErrors: false });
  const broken = [...yaml.errors, ...yaml.warnings];
  if (broken.length > 0) {
    throw new ConfigError(
      broken.map(({ pos, code }) => {
        const line = lines.linePos(pos[0]).line;
        return { path: `line ${line}`, place: [], message: `is not YAML as it is read here: ${code}` };
      }),
    );
  }
  const lineOf = (place: Place): number => {
    for (let depth = place.length; depth >= 0; depth--) {
      const node = depth === 0 ? yaml.contents : yaml.getIn(place.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  return { document: yaml.toJS({ maxAliasCount: 0 }) as unknown, lineOf };
}
