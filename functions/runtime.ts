import { setTimeout as sleep } from "node:timers/promises";
import { createAudit } from "../shared/aws/audit.ts";
import { createJsonCall, type JsonCall, type JsonService } from "../shared/aws/call.ts";
import { createKeyTroubleLog } from "../shared/aws/key-trouble-log.ts";
import type { ReadVersion } from "../shared/aws/key-versions.ts";
import { createMeter, type Meter } from "../shared/aws/meter.ts";
import type { OwnCredentialsProvider } from "../shared/aws/own-credentials.ts";
import { createSeal } from "../shared/aws/seal.ts";
import { secretValue } from "../shared/aws/secret-value.ts";
import { createTables, type Tables } from "../shared/aws/tables.ts";
import type { Config } from "../shared/core/config.ts";
import type { Principal } from "../shared/core/principal.ts";
import type { AcceptedTokens } from "../shared/identity/accepted-tokens.ts";
import { createIssuerKeys } from "../shared/identity/jwks.ts";
import { createObtain, type Obtain } from "../shared/vending/obtain.ts";
import type { AskWarmer, AuditRecord, Clock, Issue, Seal } from "../shared/vending/ports.ts";
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

/** What a runtime rests on. A function has it from its environment, and the server from its configuration. */
export interface RuntimeParts {
  config: Config;
  /** The region in which STS is asked, unless a storage says otherwise. */
  region: string;
  credentials: OwnCredentialsProvider;
  /** Writes the log, and counts. */
  meter: Meter;
  clock: Clock;
  seal: Seal;
  /** All that is kept outside of an instance's memory. */
  tables: Tables;
  /** The secret of the client keys: an instance reads it with the first request that is signed with one. */
  clientKeysSecret(): Promise<string>;
  /** Where long-term keys are read, and for how long one is used before it is read again; absent: Secrets Manager. */
  readVersion?: ReadVersion;
  freshMs?: number;
  /** Refuses a caller that asks too often, with a `VendError`. */
  admit?(principal: Principal): void;
  /** Hears of each refusal of a request whose caller is not known. */
  onStranger?(record: Pick<AuditRecord, "code" | "sourceIp">): void;
  /** Those that its maker looks at, too; absent: the application's own. */
  acceptedTokens?: AcceptedTokens;
  /** Makes what has an entry warmed, in the chunk that a miss loads. */
  loadAskWarmer(): Promise<AskWarmer>;
}

/**
 * Makes the parts of the functions that vend and warm, from their environment, or of the server. Only this and `rotation-runtime.ts` make
 * clients.
 *
 * @throws Error that names the variable which is missing, or says that the region is not known.
 * @example const app = createApp(createRuntime({ callTimeoutMs: 300, issueTimeoutMs: 700 }))
 */
export function createRuntime(
  { callTimeoutMs, issueTimeoutMs }: RuntimeTimeouts,
  parts: RuntimeParts = partsOfFunction(callTimeoutMs),
) {
  const { config, clock, meter, seal, tables } = parts;
  const audit = createAudit(meter, clock);
  /** For refusals of callers that nobody knows. An instance loads it with the first of them. */
  const loadSampledAudit = once(async () => {
    const { createSampledAudit } = await import("../shared/vending/sampled-audit.ts");
    return createSampledAudit(audit, clock);
  });
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
    const options = { ...parts, timeoutMs: issueTimeoutMs };
    const longTermKeys = createLongTermKeys(options);
    return { longTermKeys, issue: createIssue({ ...options, keys: longTermKeys }) };
  });
  const issue: Issue = async (...request) => (await loadIssuing()).issue(...request);
  const made = {
    ...parts,
    audit,
    loadSampledAudit,
    issuerKeys,
    sessions,
    storageKeys,
    revocations,
    loadIssuing,
    issue,
  };

  /** The cache protocol under the limits of a configuration. */
  function obtainUnder({ misses }: Pick<Config, "misses">): Obtain {
    const onMiss = once(async () => {
      const [{ createOnMiss }, issuingTables, askWarmer] = await Promise.all([
        import("./on-miss.ts"),
        tables.loadIssuing(),
        parts.loadAskWarmer(),
      ]);
      return createOnMiss({ ...made, tables: issuingTables, askWarmer, missLimits: misses });
    });
    return createObtain({ sessions, onMiss, clock });
  }

  /**
   * Reads once what every answer from the cache needs, so that the connections stand and the keys are known before the
   * first request. It never fails: what is unreachable now is read again when it is needed.
   */
  async function prime(): Promise<void> {
    const reads = [seal.load(), readTable()];
    await Promise.race([Promise.allSettled(reads), sleep(primeTimeoutMs, undefined, { ref: false })]);
  }

  /** By one read, over one connection: a further one costs more processor time than all of these rows. */
  async function readTable(): Promise<void> {
    const first = <Named>(all: ReadonlyMap<string, Named>) => [...all.values()].slice(0, mostPrimed);
    await tables.readTogether(() =>
      Promise.all([
        revocations.current(),
        ...first(config.issuers).map((issuer) => issuerKeys.recall(issuer, clock.now())),
        ...first(config.storages).map((storage) => storageKeys.known(storage)),
      ]),
    );
  }

  return { ...made, obtain: obtainUnder(config), obtainUnder, prime };
}

/** The parts of a Lambda function, from its environment. */
function partsOfFunction(callTimeoutMs: number): RuntimeParts {
  const { config, region, credentials, tableName, dynamodb, clock, meter } =
    createTableRuntime(callTimeoutMs);
  const sealingSecret = variable("SEALING_SECRET");
  const warmFunction = variable("WARM_FUNCTION");
  const at = { region, credentials };
  const secretsManager = secretsManagerCall(at);
  const seal = createSeal(
    () => secretValue(secretsManager, sealingSecret),
    clock,
    () => meter({}, { TamperedEntries: 1 }),
  );
  return {
    ...at,
    config,
    clock,
    meter,
    seal,
    tables: createTables(dynamodb, tableName, seal),
    // Only functions that verify client keys have it.
    clientKeysSecret: () => secretValue(secretsManager, variable("CLIENT_KEYS_SECRET")),
    async loadAskWarmer() {
      const { createAskWarmer } = await import("./on-miss.ts");
      const endpoint = endpointOf("lambda", "AWS_ENDPOINT_URL_LAMBDA", region);
      return createAskWarmer({ ...at, endpoint, functionName: warmFunction, timeoutMs: callTimeoutMs });
    },
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
  const dynamodb = dynamodbCall({ region, credentials, timeoutMs });
  // Not by Lambda's console, which would wrap each line: CloudWatch finds metrics only at a line's root. Nothing is lost
  // when an instance freezes, because stdout is a pipe there, and Node writes to pipes synchronously.
  const { stdout } = process;
  const meter = createMeter(tableName, clock.now, (line) => stdout.write(line));
  return { config, region, credentials, tableName, dynamodb, clock, meter };
}

/**
 * What the server calls at AWS, as the AWS SDKs find it: the region and the endpoints that their variables name.
 *
 * @throws Error that names the variable which is missing, or says that the region is not known.
 */
export function awsOfServer(credentials: OwnCredentialsProvider) {
  const region = variable("AWS_REGION");
  const at = { region, credentials };
  return {
    region,
    dynamodb: (timeoutMs: number) => dynamodbCall({ ...at, timeoutMs }),
    secretsManager: secretsManagerCall(at),
  };
}

/** Calls a service of AWS as the AWS SDKs find it. The name is the one in the variable that names its endpoint. */
function jsonCall(
  name: string,
  target: string,
  jsonVersion: JsonService["jsonVersion"],
  options: CallOptions,
): JsonCall {
  const override = `AWS_ENDPOINT_URL_${name.toUpperCase()}`;
  const endpoint = endpointOf(serviceOf(name), override, options.region);
  return createJsonCall({ ...options, service: serviceOf(name), target, jsonVersion, endpoint });
}

type CallOptions = Pick<JsonService, "region" | "credentials" | "timeoutMs">;

const dynamodbCall = (options: CallOptions) => jsonCall("dynamodb", "DynamoDB_20120810", "1.0", options);

const secretsManagerCall = (at: Omit<CallOptions, "timeoutMs">) =>
  jsonCall("secrets_manager", "secretsmanager", "1.1", { ...at, timeoutMs: secretTimeoutMs });

const serviceOf = (name: string) => name.replace("_", "");

/** Makes something when it is first used, and never again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= make();
    return result;
  };
}
