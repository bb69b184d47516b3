import { existsSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import type { ClientKey, Config } from "../../shared/core/config.ts";
import { masterKeyOf } from "../../shared/identity/client-keys.ts";
import { userPath } from "../deploy/user-path.ts";
import { besideConfig } from "./beside.ts";
import { runCommand } from "./command.ts";
import { ConfigError, type ConfigFault } from "./faults.ts";
import { readCases } from "./grant-cases.ts";
import { runCases } from "./run-cases.ts";
import { checkDocument, faultLine, readVendingYaml, type VendingYaml } from "./vending-yaml.ts";
import { warningsOf } from "./warnings.ts";

interface Findings {
  ok: boolean;
  lines: string[];
  /** What was checked, where it has no fault: a build takes this, since the file may change after the check. */
  document?: unknown;
}

/**
 * Checks a configuration file, and tests its grants by the cases of the file `<name>.test.yml` beside it, if there is one, or of
 * the file `casesPath`, which has to be there. Each finding has its line.
 *
 * @example checkFile("infra/vending.yml") // { ok: true, lines: ["infra/vending.yml: 1 issuer, …"], document: {…} }
 */
export function checkFile(path: string, casesPath?: string): Findings {
  return findingsOf(path, (yaml, file, format) => {
    const { config, document } = checkDocument(yaml.document);
    const warnings = warningsOf(config).map((warning) =>
      format({ ...warning, path: `warning: ${warning.path}` }),
    );
    const cases = checkCases(casesPath ?? casesBeside(path), config);
    const summary = `${file}: ${summaryOf(config)}; ${count(warnings.length, "warning")}`;
    return { ok: cases.ok, lines: [...warnings, summary, ...cases.lines], document };
  });
}

function casesBeside(path: string): string | undefined {
  const cases = besideConfig(path, "test");
  return cases !== undefined && existsSync(cases) ? cases : undefined;
}

function checkCases(path: string | undefined, config: Config): Findings {
  if (path === undefined) return { ok: true, lines: [] };
  return findingsOf(path, ({ document }, file, format) => {
    const cases = readCases(document, config);
    const { failures, usedGrants } = runCases(cases, config);
    const warnings = config.grants.all
      .filter(({ name }) => !usedGrants.has(name))
      .map(({ name }) => `${file} warning: no case uses the grant ${name}`);
    const summary = `${file}: ${count(cases.length, "case")}; ${failures.length} failed`;
    return { ok: failures.length === 0, lines: [...failures.map(format), ...warnings, summary] };
  });
}

/** Reads a file and checks it. If one of the two throws a `ConfigError`, its faults are the findings. */
function findingsOf(
  path: string,
  check: (yaml: VendingYaml, file: string, format: (fault: ConfigFault) => string) => Findings,
): Findings {
  const file = relative(".", path);
  let format = ({ path, message }: ConfigFault) => `${file} ${path} ${message}`;
  try {
    const yaml = readVendingYaml(path);
    format = faultLine(file, yaml);
    return check(yaml, file, format);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const summary = `${file}: ${count(error.faults.length, "fault")}`;
    return { ok: false, lines: [...error.faults.map(format), summary] };
  }
}

/** Also which master keys their ids name: one that is not among them can be retired. */
function summaryOfClientKeys(clientKeys: readonly ClientKey[]): string[] {
  const masterKeys = new Set(clientKeys.flatMap(({ ids }) => ids.map(masterKeyOf)));
  if (masterKeys.size === 0) return [];
  return [`${count(clientKeys.length, "client key")} (by ${[...masterKeys].sort().join(", ")})`];
}

function summaryOf({ issuers, storages, grants, clientKeys }: Config): string {
  const onTrial = grants.all.filter(({ mode }) => mode === "audit").length;
  const counts = [
    count(issuers.size, "issuer"),
    ...summaryOfClientKeys(clientKeys),
    count(storages.size, "storage"),
    count(grants.all.length, "grant"),
  ];
  return `${counts.join(", ")}${onTrial > 0 ? ` (${onTrial} in audit mode)` : ""}`;
}

function count(things: number, noun: string): string {
  return `${things} ${noun}${things === 1 ? "" : "s"}`;
}

const usage = "npm run config:check [-- ../our/vending.yml] [--cases ../our/cases.yml]";

function run(): void {
  const options = { cases: { type: "string" }, help: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    console.log(usage);
    return;
  }
  if (positionals.length > 1) throw new Error(usage);
  const [path] = positionals;
  const { ok, lines } = checkFile(
    path === undefined ? "infra/vending.yml" : userPath(path),
    values.cases === undefined ? undefined : userPath(values.cases),
  );
  console.log(lines.join("\n"));
  process.exitCode = ok ? 0 : 1;
}

if (import.meta.main) runCommand(run);
