/** `npm run revoke`: stops new answers, and ends what was vended before, as far as that can be done. */
import { setTimeout as sleep } from "node:timers/promises";
import { listOfFaults } from "../config/faults.ts";
import { parseConfig } from "../config/parse-config.ts";
import { membersOf } from "../config/read-entry.ts";
import { readServerSettings } from "../config/server-settings.ts";
import { loadVendingYaml } from "../config/vending-yaml.ts";
import { localVending } from "../local/local-vending.ts";
import { carryOut } from "./carry-out.ts";
import { awsClients, localClients } from "./clients.ts";
import { type RevokeCall, readCommandLine, UsageError, usage } from "./command-line.ts";
import { readTask } from "./read-task.ts";
import { reportJson, reportText } from "./report.ts";
import { serverRecord } from "./server-record.ts";
import type { Setting } from "./setting.ts";

/** Stands in the name of the Deny of a server whose settings name no stage. */
const serverStage = "server";

function settingOf({ place, users, values }: RevokeCall): Setting {
  const common = { users, isDryRun: values["dry-run"] ?? false, now: Date.now, sleep };
  if ("server" in place) {
    const { config, document } = loadVendingYaml(place.server);
    const settings = readServerSettings(membersOf(document)["server"], listOfFaults().report);
    if (settings === undefined) throw new Error(`${place.server}: the section server has faults.`);
    const { stage = serverStage } = settings;
    // Its log is where its standard output goes.
    const { logs: _, ...clients } = awsClients(place.region);
    return { ...common, config, stage, clients, server: serverRecord(place.server, settings) };
  }
  if (!("local" in place)) {
    const { config } = loadVendingYaml(place.config);
    return { ...common, config, stage: place.stage, clients: awsClients(place.region) };
  }
  const { local } = place;
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const emulatedSts = at(local.sts);
  const config = parseConfig(localVending({ issuer: at(local.issuer), sts: emulatedSts, s3: at(local.s3) }));
  return { ...common, config, stage: "local", clients: localClients(local), emulatedSts };
}

/** @returns the exit status */
async function run(args: string[]): Promise<number> {
  const call = readCommandLine(args, process.env);
  if (call === undefined) {
    console.log(usage);
    return 0;
  }
  const setting = settingOf(call);
  const report = await carryOut(readTask(call.values, setting.config), setting);
  process.stdout.write(call.values.json ? reportJson(report) : reportText(report));
  return report.failures.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  if (error instanceof UsageError) console.error("Try: npm run revoke -- --help");
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
