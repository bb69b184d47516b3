import { parseArgs } from "node:util";
import type { Config } from "../../shared/core/config.ts";
import { userPath } from "../deploy/user-path.ts";
import { runCommand } from "./command.ts";
import { type ConfigChange, differenceOf } from "./difference.ts";
import { loadVendingYaml } from "./vending-yaml.ts";

const usage = `Usage: npm run config:diff -- OLD NEW [--json]
Says which grants' holders gain and which lose which folder, from one vending.yml to another.
It ends with 0 if nothing differs, with 1 if something does, and with 2 if a file cannot be used.`;

/**
 * A line for each change.
 *
 * @example linesOf(differenceOf(before, after)) // ["- lose READ on s3://lake/raw/ (lake): aws, subject … (grant reports)"]
 */
export function linesOf(changes: readonly ConfigChange[]): string[] {
  return changes.map((change) => {
    if ("entry" in change) {
      const fields = change.fields ? `: ${change.fields.join(", ")}` : "";
      return `~ ${change.change} ${change.entry}${fields}`;
    }
    const { holders, rights, folder, storage, grant } = change;
    const sign = change.change === "gain" ? "+ gain" : "- lose";
    return `${sign} ${rights.join(", ")} on ${folder} (${storage}): ${holders} (grant ${grant})`;
  });
}

function run(): void {
  const options = { json: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    console.log(usage);
    return;
  }
  const [before, after, ...more] = positionals;
  if (before === undefined || after === undefined || more.length > 0) throw new Error(usage);
  const changes = differenceOf(configIn(before), configIn(after));
  const lines = values.json ? [JSON.stringify({ changes }, null, 2)] : linesOf(changes);
  if (lines.length > 0) console.log(lines.join("\n"));
  process.exitCode = changes.length === 0 ? 0 : 1;
}

function configIn(path: string): Config {
  return loadVendingYaml(userPath(path)).config;
}

if (import.meta.main) runCommand(run);
