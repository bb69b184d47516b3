import { relative } from "node:path";
import type { Config } from "../../shared/core/config.ts";
import { ConfigError } from "./faults.ts";
import { checkDocument, readVendingYaml, type VendingYaml } from "./vending-yaml.ts";
import { warningsOf } from "./warnings.ts";

/**
 * Checks a configuration file and tells what it finds, each thing with its line.
 *
 * @example checkFile("infra/vending.yml") // { ok: true, lines: ["infra/vending.yml: 1 issuer, …"] }
 */
export function checkFile(path: string): { ok: boolean; lines: string[] } {
  const file = relative(".", path);
  let yaml: VendingYaml | undefined;
  try {
    yaml = readVendingYaml(path);
    const { lineOf } = yaml;
    const { config } = checkDocument(yaml.document);
    const warnings = warningsOf(config).map((warning) => {
      return `${file}:${lineOf(warning.place)} warning: ${warning.path} ${warning.message}`;
    });
    return {
      ok: true,
      lines: [...warnings, `${file}: ${summaryOf(config)}; ${count(warnings.length, "warning")}`],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const faults = error.faults.map(({ path, place, message }) => {
      return yaml === undefined
        ? `${file} ${path} ${message}`
        : `${file}:${yaml.lineOf(place)} ${path} ${message}`;
    });
    return { ok: false, lines: [...faults, `${file}: ${count(faults.length, "fault")}`] };
  }
}

function summaryOf({ issuers, storages, grants }: Config): string {
  return [count(issuers.size, "issuer"), count(storages.size, "storage"), count(grants.length, "grant")].join(
    ", ",
  );
}

function count(things: number, noun: string): string {
  return `${things} ${noun}${things === 1 ? "" : "s"}`;
}

if (import.meta.main) {
  const { ok, lines } = checkFile(process.argv[2] ?? "infra/vending.yml");
  console.log(lines.join("\n"));
  process.exitCode = ok ? 0 : 1;
}
