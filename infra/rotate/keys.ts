/** `npm run keys:rotate`: the keys that keyvend itself makes, of the seal and of client keys. */
import { parseArgs } from "node:util";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { masterKeyOf } from "../../shared/identity/client-keys.ts";
import { loadVendingYaml } from "../config/vending-yaml.ts";
import { checkRegion, checkStage, namesOf, usualRegion, usualStage } from "../deploy/names.ts";
import { operatorKey } from "../local/local-account.ts";
import { localClientKeyId } from "../local/local-client-key.ts";
import { basePort, localPorts } from "../local/ports.ts";
import { addKey, type KeysReport, retireMasterKeys, retireSealingKeys } from "./rotate-keys.ts";

const usage = `Usage: npm run keys:rotate -- --sealing|--client-keys [--retire] [--stage dev] [--region eu-central-1] [--json]

Adds a key to the secret of a stage, and makes it the current one. The earlier ones go on opening what they made.
  --sealing      the key that seals sessions in the table
  --client-keys  the master key by which client keys are made
  --retire       takes keys out instead: of the seal all but the current one, two days after the last change;
                 of client keys those by which no client key of the configuration is (--config infra/vending.yml)
  --local        at the emulation that runs on this machine (--port 4100)
  --json         prints the outcome for programs`;

class WrongUse extends Error {}

const options = {
  sealing: { type: "boolean" },
  "client-keys": { type: "boolean" },
  retire: { type: "boolean" },
  config: { type: "string" },
  stage: { type: "string" },
  region: { type: "string" },
  local: { type: "boolean" },
  port: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function readArguments() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
}

async function run(): Promise<void> {
  const given = readArguments();
  if (given.help) {
    console.log(usage);
    return;
  }
  if (Boolean(given.sealing) === Boolean(given["client-keys"]))
    throw new WrongUse("Say which keys: --sealing or --client-keys.");
  if (given.local && (given.stage !== undefined || given.region !== undefined))
    throw new WrongUse("The emulation has a stage and a region of its own: leave out --stage and --region.");
  const { sealingSecret, clientKeysSecret } = namesOf(
    given.local ? "local" : checkStage(given.stage ?? usualStage),
  );
  const secret = given.sealing ? sealingSecret : clientKeysSecret;
  const client = given.local
    ? new SecretsManagerClient({
        region: "us-east-1",
        endpoint: `http://127.0.0.1:${localPorts(basePort(given.port, process.env)).secretsManager}`,
        credentials: operatorKey,
      })
    : new SecretsManagerClient({
        region: checkRegion(given.region ?? process.env["AWS_REGION"] ?? usualRegion),
      });
  try {
    const report = await rotate(client, secret, given);
    console.log(given.json ? JSON.stringify(report) : textOf(report, given));
  } finally {
    client.destroy();
  }
}

async function rotate(
  client: SecretsManagerClient,
  secret: string,
  given: ReturnType<typeof readArguments>,
): Promise<KeysReport> {
  if (!given.retire) return addKey(client, secret);
  if (given.sealing) return retireSealingKeys(client, secret, Date.now());
  const ids = given.local
    ? [localClientKeyId]
    : loadVendingYaml(given.config ?? "infra/vending.yml").config.clientKeys.flatMap(({ ids }) => ids);
  return retireMasterKeys(client, secret, new Set(ids.map(masterKeyOf)));
}

function textOf(
  { secret, current, keys, retired }: KeysReport,
  given: ReturnType<typeof readArguments>,
): string {
  const others = keys.filter((id) => id !== current);
  const has = `${secret}: ${current} is the current key${others.length > 0 ? `, beside ${others.join(", ")}` : ""}.`;
  if (given.retire)
    return `${has}\n${retired.length > 0 ? `Taken out: ${retired.join(", ")}.` : "Nothing was to be taken out."}`;
  return given.sealing
    ? `${has}\nInstances take it up when they meet it. In two days: npm run keys:rotate -- --sealing --retire`
    : `${has}\nNew client keys are by it. When each client has its next one, and the last are out of the configuration and deployed: npm run keys:rotate -- --client-keys --retire`;
}

try {
  await run();
} catch (error) {
  console.error((error as Error).message);
  if (error instanceof WrongUse) console.error(`\n${usage}`);
  process.exitCode = error instanceof WrongUse ? 2 : 1;
}
