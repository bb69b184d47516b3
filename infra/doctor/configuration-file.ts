import type { Config } from "../../shared/core/config.ts";
import { checkFile } from "../config/check.ts";
import { ConfigError } from "../config/faults.ts";
import { loadVendingYaml } from "../config/vending-yaml.ts";
import { about, type Finding } from "./finding.ts";

/** Reads the configuration that an instance should have. One with faults is not used, and that is a finding. */
export function readConfiguration(path: string): { findings: Finding[]; config?: Config } {
  const of = about("configuration", path);
  const advice = `Run npm run config:check -- ${path}`;
  try {
    const { config } = loadVendingYaml(path);
    const { ok, lines } = checkFile(path);
    const summary = lines.at(-1) ?? "";
    return {
      config,
      findings: [ok ? of.ok("has no faults") : of.failed(`its cases fail (${summary})`, advice)],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { length } = error.faults;
    return { findings: [of.failed(`has ${length} ${length === 1 ? "fault" : "faults"}`, advice)] };
  }
}
