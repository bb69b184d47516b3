import { setTimeout as sleep } from "node:timers/promises";
import { createAudit } from "../shared/aws/audit.ts";
import { createJsonCall } from "../shared/aws/call.ts";
import { createKeyTroubleLog } from "../shared/aws/key-trouble-log.ts";
import { createMeter } from "../shared/aws/meter.ts";
import { createSeal } from "../shared/aws/seal.ts";
import { secretValue } from "../shared/aws/secret-value.ts";
import { createTables } from "../shared/aws/tables.ts";
import { createIssuerKeys } from "../shared/identity/jwks.ts";
import { createObtain } from "../shared/vending/obtain.ts";
import type { Clock, Issue } from "../shared/vending/ports.ts";
import { createRevocations } from "../shared/vending/revocations.ts";
import { createSessionCache } from "../shared/vending/session-cache.ts";
import { createStorageKeys } from "../shared/vending/storage-keys.ts";
import { readConfig } from "./config.ts";
import { endpointOf, readOwnCredentials, variable } from "./environment.ts";
import { trustAlso } from "./trust-also.ts";

/** The sealing keys are read once in an instance's life, mostly before its first request. */
const secretTimeoutMs = 600;
/** Priming must never cost more than it saves. */
const primeTimeoutMs = 1_000;
/** So many issuers and storages are primed. A configuration that has more has few callers of most of them. */
const mostPrimed = 4;

interface RuntimeTimeouts {
  /** The limit of one call to DynamoDB or Lambda. */
  callTimeoutMs: number;
  /** The limit of a whole issue: reading the long-term key and asking STS. */
  issueTimeoutMs: number;
}

export type Runtime = ReturnType<typeof createRuntime>;

/**
 * Makes the parts of the functions that vend and warm, from their environment. Only this and `rotation-runtime.ts` make
 * clients.
 *
 * @throws Error that names the variable which is missing, or says that the region is not known.
 * @example const app = createApp(createRuntime({ callTimeoutMs: 300, issueTimeoutMs: 700 }))
 */
export function createRuntime({ callTimeoutMs, issueTimeoutMs }: RuntimeTimeouts) {
  const { config, region, credentials, tableName, dynamodb, clock, meter } =
    createTableRuntime(callTimeoutMs);
  const sealingSecret = variable("SEALING_SECRET");
  const warmFunction = variable("WARM_FUNCTION");
  const secretsManager = createJsonCall({
    service: "secretsmanager",
    target: "secretsmanager",
    jsonVersion: "1.1",
    region,
    endpoint: endpointOf("secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER", region),
    credentials,
    timeoutMs: secretTimeoutMs,
  });

  const audit = createAudit(meter, clock);
  /** For refusals of callers that nobody knows. An instance loads it with the first of them. */
  const loadSampledAudit = once(async () => {
    const { createSampledAudit } = await import("../shared/vending/sampled-audit.ts");
    return createSampledAudit(audit, clock);
  });
  const seal = createSeal(
    () => secretValue(secretsManager, sealingSecret),
    clock,
    () => meter({}, { TamperedEntries: 1 }),
  );
  const tables = createTables(dynamodb, tableName, seal);
  const issuerKeys = createIssuerKeys({ store: tables.jwks, onTrouble: createKeyTroubleLog(meter, clock) });
  const storageKeys = createStorageKeys({ table: tables.entries, seal, clock });
  const onRevoked = once(async () => (await import("./on-revoked.ts")).createOnRevoked(meter, clock));
  const revocations = createRevocations({ table: tables.revocations, onRevoked, clock });
  const sessions = createSessionCache({ table: tables.entries, seal, storageKeys, revocations, clock });

  const loadIssuing = once(async () => {
    // The AWS SDK comes with it, which is larger than all the rest.
    const [{ createIssue }, { createLongTermKeys }] = await Promise.all([
      import("../shared/aws/issue.ts"),
      import("../shared/aws/long-term-keys.ts"),
    ]);
    const options = { region, credentials, clock, timeoutMs: issueTimeoutMs, meter };
    const longTermKeys = createLongTermKeys(options);
    return { longTermKeys, issue: createIssue({ ...options, keys: longTermKeys }) };
  });
  const issue: Issue = async (...request) => (await loadIssuing()).issue(...request);

  const onMiss = once(async () => {
    const [{ createOnMiss }, issuingTables] = await Promise.all([
      import("./on-miss.ts"),
      tables.loadIssuing(),
    ]);
    return createOnMiss({
      tables: issuingTables,
      region,
      credentials,
      lambda: { endpoint: endpointOf("lambda", "AWS_ENDPOINT_URL_LAMBDA", region), timeoutMs: callTimeoutMs },
      warmFunction,
      sessions,
      storageKeys,
      revocations,
      seal,
      issue,
      meter,
      clock,
      missLimits: config.misses,
    });
  });

  /** The secret of the client keys: an instance reads it with the first request that is signed with one. */
  const clientKeysSecret = () => secretValue(secretsManager, variable("CLIENT_KEYS_SECRET"));

  /**
   * Reads once what every answer from the cache needs, so that the connections stand and the keys are known before the
   * first request. It never fails: what is unreachable now is read again when it is needed.
   */
  async function prime(): Promise<void> {
    const reads = [seal.load(), readTable()];
    await Promise.race([Promise.allSettled(reads), sleep(primeTimeoutMs, undefined, { ref: false })]);
  }

  /** One row after the other, over one connection: a further one costs more processor time than all of these reads. */
  async function readTable(): Promise<void> {
    await revocations.current();
    for (const issuer of [...config.issuers.values()].slice(0, mostPrimed))
      await issuerKeys.recall(issuer, clock.now());
    for (const storage of [...config.storages.values()].slice(0, mostPrimed))
      await storageKeys.known(storage);
  }

  const obtain = createObtain({ sessions, onMiss, clock });
  return {
    config,
    clock,
    audit,
    loadSampledAudit,
    meter,
    tables,
    seal,
    issuerKeys,
    sessions,
    storageKeys,
    revocations,
    loadIssuing,
    clientKeysSecret,
    issue,
    obtain,
    prime,
  };
}

/**
 * The parts that a function consists of which only writes to the table.
 *
 * @throws as `createRuntime` does
 * @example const { dynamodb, tableName } = createTableRuntime(2_000)
 */
export function createTableRuntime(timeoutMs: number) {
  const region = variable("AWS_REGION");
  const config = readConfig(variable("VENDING_CONFIG"));
  if (config.caBundle !== undefined) trustAlso(config.caBundle);
  const tableName = variable("VENDING_TABLE");
  const credentials = readOwnCredentials();
  const clock: Clock = { now: Date.now, sleep: (milliseconds) => sleep(milliseconds) };
  const dynamodb = createJsonCall({
    service: "dynamodb",
    target: "DynamoDB_20120810",
    jsonVersion: "1.0",
    region,
    endpoint: endpointOf("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB", region),
    credentials,
    timeoutMs,
  });
  // Not by Lambda's console, which would wrap each line: CloudWatch finds metrics only at a line's root. Nothing is lost
  // when an instance freezes, because stdout is a pipe there, and Node writes to pipes synchronously.
  const { stdout } = process;
  const meter = createMeter(tableName, clock.now, (line) => stdout.write(line));
  return { config, region, credentials, tableName, dynamodb, clock, meter };
}

/** Makes something when it is first used, and never again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= make();
    return result;
  };
}
