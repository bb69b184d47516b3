import { readFileSync } from "node:fs";
import type { Config, TrustedIssuer } from "../shared/core/config.ts";
import type { Grant } from "../shared/core/grant.ts";
import type { Storage } from "../shared/core/storage.ts";

/**
 * A checked configuration as the build writes it beside each bundle: every default filled in. It is not checked again at
 * a cold start, which would cost a third of the hit path's bytes: it comes from the same build as the code that reads it.
 */
interface CompiledConfig {
  issuers: TrustedIssuer[];
  storages: Storage[];
  grants: readonly Grant[];
}

/**
 * Writes a configuration for `readConfig`.
 *
 * @example await writeFile("vending.json", compileConfig(parseConfig(document)))
 */
export function compileConfig({ issuers, storages, grants }: Config): string {
  const compiled: CompiledConfig = {
    issuers: [...issuers.values()],
    storages: [...storages.values()],
    grants,
  };
  return JSON.stringify(compiled);
}

/**
 * Reads what `compileConfig` wrote.
 *
 * @throws Error when there is no such file, or nothing that a build wrote.
 * @example const { grants } = readConfig(".build/vend/vending.json")
 */
export function readConfig(path: string): Config {
  const { issuers, storages, grants } = JSON.parse(readFileSync(path, "utf8")) as CompiledConfig;
  const byName = <T extends { name: string }>(entries: T[]) =>
    new Map(entries.map((entry) => [entry.name, entry]));
  return { issuers: byName(issuers), storages: byName(storages), grants };
}
