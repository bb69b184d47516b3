import { existsSync } from "node:fs";
import { relative } from "node:path";
import type { Config } from "../../shared/core/config.ts";
import { ConfigError, type ConfigFault } from "./faults.ts";
import { readCases } from "./grant-cases.ts";
import { runCases } from "./run-cases.ts";
import { checkDocument, readVendingYaml, type VendingYaml } from "./vending-yaml.ts";
import { warningsOf } from "./warnings.ts";

interface Findings {
  ok: boolean;
  lines: string[];
}

/**
 * Checks a configuration file, and its grants by the cases in `<name>.test.yml` where there is such a file beside it.
 * Tells what it finds, each thing with its line.
 *
 * @example checkFile("infra/vending.yml") // { ok: true, lines: ["infra/vending.yml: 1 issuer, …"] }
 */
export function checkFile(path: string): Findings {
  return reading(path, ({ document }, file, tell) => {
    const { config } = checkDocument(document);
    const warnings = warningsOf(config).map((warning) =>
      tell({ ...warning, path: `warning: ${warning.path}` }),
    );
    const cases = checkCases(path.replace(/(?=\.ya?ml$)/, ".test"), config);
    const summary = `${file}: ${summaryOf(config)}; ${count(warnings.length, "warning")}`;
    return { ok: cases.ok, lines: [...warnings, summary, ...cases.lines] };
  });
}

function checkCases(path: string, config: Config): Findings {
  if (!existsSync(path)) return { ok: true, lines: [] };
  return reading(path, ({ document }, file, tell) => {
    const cases = readCases(document, config);
    const { failures, tried } = runCases(cases, config);
    const untried = config.grants.all.filter(({ name }) => !tried.has(name));
    const warnings = untried.map(({ name }) => `${file} warning: no case comes by the grant ${name}`);
    const summary = `${file}: ${count(cases.length, "case")}; ${failures.length} failed`;
    return { ok: failures.length === 0, lines: [...failures.map(tell), ...warnings, summary] };
  });
}

/** Reads a file for a check, which throws what is wrong with it as a `ConfigError`. */
function reading(
  path: string,
  check: (yaml: VendingYaml, file: string, tell: (fault: ConfigFault) => string) => Findings,
): Findings {
  const file = relative(".", path);
  let tell = ({ path, message }: ConfigFault) => `${file} ${path} ${message}`;
  try {
    const yaml = readVendingYaml(path);
    tell = ({ path, place, message }) => `${file}:${yaml.lineOf(place)} ${path} ${message}`;
    return check(yaml, file, tell);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const summary = `${file}: ${count(error.faults.length, "fault")}`;
    return { ok: false, lines: [...error.faults.map(tell), summary] };
  }
}

function summaryOf({ issuers, storages, grants }: Config): string {
  const onTrial = grants.all.filter(({ mode }) => mode === "audit").length;
  const things = [
    count(issuers.size, "issuer"),
    count(storages.size, "storage"),
    count(grants.all.length, "grant"),
  ];
  return `${things.join(", ")}${onTrial > 0 ? ` (${onTrial} in audit mode)` : ""}`;
}

function count(things: number, noun: string): string {
  return `${things} ${noun}${things === 1 ? "" : "s"}`;
}

if (import.meta.main) {
  const { ok, lines } = checkFile(process.argv[2] ?? "infra/vending.yml");
  console.log(lines.join("\n"));
  process.exitCode = ok ? 0 : 1;
}
