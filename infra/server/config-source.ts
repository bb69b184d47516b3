import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { ConfigSource } from "../../functions/serve.ts";
import type { Config } from "../../shared/core/config.ts";
import type { ServerSettings } from "../../shared/core/server-settings.ts";
import { besideConfig } from "../config/beside.ts";
import { differenceOf } from "../config/difference.ts";
import { ConfigError, listOfFaults } from "../config/faults.ts";
import { readCases } from "../config/grant-cases.ts";
import { membersOf } from "../config/read-entry.ts";
import { runCases } from "../config/run-cases.ts";
import { readServerSettings } from "../config/server-settings.ts";
import { checkDocument, faultLine, readVendingYaml, type VendingYaml } from "../config/vending-yaml.ts";
import { atStage } from "../deployment.ts";
import { judge } from "../page/judge.ts";

/**
 * The configuration in a file, with the cases beside it (`vending.test.yml`), as `npm run config:check` checks them.
 *
 * @param options `isInSecretsManager`: names of secrets without a slash are those of the settings' stage
 * @example const { config, settings } = await configSource("/etc/keyvend/vending.yml").load()
 */
export function configSource(
  path: string,
  { isInSecretsManager = false }: { isInSecretsManager?: boolean } = {},
): ConfigSource {
  const folder = dirname(resolve(path));
  const casesPath = besideConfig(path, "test");
  const cases = () => (casesPath !== undefined && existsSync(casesPath) ? [casesPath] : []);
  /** The files that were read last beside the two: of certificates. */
  let beside: string[] = [];
  /** The running one has the secrets of its stage, and so has what is compared with it. */
  let asServed = (config: Config) => config;

  return {
    async fingerprint() {
      const hash = createHash("sha256");
      for (const file of [path, ...cases(), ...beside])
        hash.update(file).update(await readFile(file).catch((error) => String(error.code)));
      return hash.digest("base64");
    },

    async load() {
      const yaml = readVendingYaml(path);
      beside = yaml.caBundlePath === undefined ? [] : [yaml.caBundlePath];
      const { config, document } = inFile(path, yaml, () => checkDocument(yaml.document));
      for (const file of cases()) {
        const yaml = readVendingYaml(file);
        inFile(file, yaml, () => {
          const { failures } = runCases(readCases(yaml.document, config), config);
          if (failures.length > 0) throw new ConfigError(failures);
        });
      }
      const settings = readServerSettings(membersOf(document)["server"], listOfFaults().report);
      if (settings === undefined) throw new Error("The section server has faults.");
      const { stage } = settings;
      asServed = (one) => (isInSecretsManager && stage !== undefined ? atStage(one, stage) : one);
      return { config: asServed(config), settings: withPaths(settings, folder) };
    },

    difference: differenceOf,
    judge: (pasted, running) => judge(pasted, running, asServed),
  };
}

/** Faults with file and line, as the check prints them. */
function inFile<T>(file: string, yaml: VendingYaml, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Error(error.faults.map(faultLine(file, yaml)).join("\n"));
  }
}

function withPaths(settings: ServerSettings, folder: string): ServerSettings {
  const { tls } = settings;
  if (tls === undefined) return settings;
  const { certificate, key } = tls;
  return { ...settings, tls: { certificate: resolve(folder, certificate), key: resolve(folder, key) } };
}
