import { readFileSync } from "node:fs";
import type { Config, TrustedIssuer } from "../shared/core/config.ts";
import type { Grant } from "../shared/core/grant.ts";
import { indexGrants } from "../shared/core/grant-index.ts";
import type { Storage } from "../shared/core/storage.ts";

/**
 * The longest compiled configuration, in bytes. Each cold start reads it and indexes its grants: 8 MB, or 20,000 grants
 * of usual length, take about a tenth of a second of a processor, which is what a start may cost.
 */
export const mostConfigBytes = 8_000_000;

/**
 * A checked configuration as the build writes it beside each bundle, with every default filled in. A cold start does not
 * check it again, which would cost a third of the hit path's bytes: one build makes it and the code that reads it.
 */
interface CompiledConfig extends Omit<Config, "issuers" | "storages" | "grants"> {
  issuers: TrustedIssuer[];
  storages: Storage[];
  grants: Grant[];
}

/**
 * Writes a configuration for `readConfig`.
 *
 * @example await writeFile("vending.json", compileConfig(parseConfig(document)))
 */
export function compileConfig(config: Config): string {
  const compiled: CompiledConfig = {
    ...config,
    issuers: [...config.issuers.values()],
    storages: [...config.storages.values()],
    grants: [...config.grants.all],
  };
  return JSON.stringify(compiled);
}

/**
 * Reads what `compileConfig` wrote.
 *
 * @throws Error when there is no such file, or when it is not what a build wrote.
 * @example const { grants } = readConfig(".build/vend/vending.json")
 */
export function readConfig(path: string): Config {
  const compiled = JSON.parse(readFileSync(path, "utf8")) as CompiledConfig;
  const byName = <T extends { name: string }>(entries: T[]) =>
    new Map(entries.map((entry) => [entry.name, entry]));
  return {
    ...compiled,
    issuers: byName(compiled.issuers),
    storages: byName(compiled.storages),
    grants: indexGrants(compiled.grants),
  };
}
