import { setTimeout as sleep } from "node:timers/promises";
import { createAudit } from "../shared/aws/audit.ts";
import { createJsonCall } from "../shared/aws/call.ts";
import { createEntryTable } from "../shared/aws/entry-table.ts";
import { createKeptJwks } from "../shared/aws/kept-jwks.ts";
import { createMeter } from "../shared/aws/meter.ts";
import { createSeal } from "../shared/aws/seal.ts";
import { secretValue } from "../shared/aws/secret-value.ts";
import type { OwnCredentials } from "../shared/aws/sign.ts";
import { createKept } from "../shared/vending/kept.ts";
import { createObtain } from "../shared/vending/obtain.ts";
import type { Clock, Issue } from "../shared/vending/ports.ts";
import { readConfig } from "./config.ts";
import { trustAlso } from "./trust-also.ts";

/** The sealing keys are read once in an instance's life, mostly before its first request. */
const secretTimeoutMs = 600;
/** Priming must never cost more than what it saves. */
const primeTimeoutMs = 1_000;

/**
 * The parts that a function is put together from, made from its environment: the only reader of `process.env` and the
 * only maker of clients.
 *
 * @param options `callTimeoutMs` is the limit of one call to DynamoDB or Lambda, `issueTimeoutMs` that of a whole issue:
 *   reading the long-term key and asking STS
 * @throws Error that names the variable which is missing.
 * @example const vend = createVend(createRuntime({ callTimeoutMs: 300, issueTimeoutMs: 700 }))
 */
export function createRuntime({
  callTimeoutMs,
  issueTimeoutMs,
}: Record<"callTimeoutMs" | "issueTimeoutMs", number>) {
  const region = variable("AWS_REGION");
  const config = readConfig(variable("VENDING_CONFIG"));
  if (config.caBundle !== undefined) trustAlso(config.caBundle);
  const tableName = variable("VENDING_TABLE");
  const sealingSecret = variable("SEALING_SECRET");
  const warmFunction = variable("WARM_FUNCTION");
  const credentials = ownCredentials();
  const clock: Clock = { now: Date.now, sleep: (milliseconds) => sleep(milliseconds) };

  const jsonCall = (
    service: string,
    target: string,
    jsonVersion: "1.0" | "1.1",
    override: string,
    timeoutMs: number,
  ) => {
    const endpoint = endpointOf(service, override, region);
    return createJsonCall({ service, target, jsonVersion, region, endpoint, credentials, timeoutMs });
  };
  const dynamodb = jsonCall(
    "dynamodb",
    "DynamoDB_20120810",
    "1.0",
    "AWS_ENDPOINT_URL_DYNAMODB",
    callTimeoutMs,
  );
  const secretsManager = jsonCall(
    "secretsmanager",
    "secretsmanager",
    "1.1",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    secretTimeoutMs,
  );

  // Lambda's console would wrap each line, and CloudWatch finds metrics only at a line's root. Nothing is lost when an
  // instance freezes: stdout is a pipe there, which Node writes to synchronously.
  const meter = createMeter(tableName, clock.now, (line) => process.stdout.write(line));
  const audit = createAudit(meter, clock);
  const table = createEntryTable(dynamodb, tableName);
  const seal = createSeal(
    () => secretValue(secretsManager, sealingSecret),
    clock,
    () => meter({}, { TamperedEntries: 1 }),
  );
  const kept = createKept({ table, seal, clock });
  // The AWS SDK, which is larger than all the rest.
  const issuer = once(async () => {
    const { createIssue } = await import("../shared/aws/issue.ts");
    return createIssue({ region, credentials, clock, timeoutMs: issueTimeoutMs, meter });
  });
  const issue: Issue = async (...asked) => (await issuer())(...asked);
  const onMiss = once(async () => {
    const { createOnMiss } = await import("./on-miss.ts");
    return createOnMiss({
      dynamodb,
      tableName,
      region,
      credentials,
      lambda: { endpoint: endpointOf("lambda", "AWS_ENDPOINT_URL_LAMBDA", region), timeoutMs: callTimeoutMs },
      warmFunction,
      kept,
      seal,
      issue,
      meter,
      clock,
    });
  });

  return {
    region,
    credentials,
    dynamodb,
    tableName,
    config,
    clock,
    audit,
    meter,
    table,
    seal,
    kept,
    issue,
    obtain: createObtain({ kept, onMiss, clock }),
    keptJwks: createKeptJwks(dynamodb, tableName, seal),
    /**
     * Reads once what every answer from the cache needs, so that connections stand and keys are known before the
     * first request. Never fails: what is away now is asked for again when it is needed.
     */
    async prime(): Promise<void> {
      const reads = [seal.load(), table.get("prime")];
      await Promise.race([Promise.allSettled(reads), sleep(primeTimeoutMs, undefined, { ref: false })]);
    },
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** Lambda puts them there for the life of an instance. */
function ownCredentials(): OwnCredentials {
  const sessionToken = process.env["AWS_SESSION_TOKEN"];
  return {
    accessKeyId: variable("AWS_ACCESS_KEY_ID"),
    secretAccessKey: variable("AWS_SECRET_ACCESS_KEY"),
    ...(sessionToken && { sessionToken }),
  };
}

/** AWS's regional endpoint, or the one that the SDKs' own variable names. */
function endpointOf(service: string, override: string, region: string): string {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return process.env[override] || `https://${service}.${region}.${domain}`;
}

/** Makes something at its first use. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
