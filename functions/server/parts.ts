import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createChainCredentials } from "../../shared/aws/chain-credentials.ts";
import { createMemoryTables } from "../../shared/aws/memory-tables.ts";
import { createMeter } from "../../shared/aws/meter.ts";
import { createRevocationFile } from "../../shared/aws/revocation-file.ts";
import { createSecretFolder } from "../../shared/aws/secret-folder.ts";
import { secretValue } from "../../shared/aws/secret-value.ts";
import { createTables } from "../../shared/aws/tables.ts";
import type { Config } from "../../shared/core/config.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { ServerSettings } from "../../shared/core/server-settings.ts";
import { isVending } from "../../shared/core/ways.ts";
import { createAcceptedTokens } from "../../shared/identity/accepted-tokens.ts";
import type { AskWarmer, Clock } from "../../shared/vending/ports.ts";
import { awsOfServer, type RuntimeParts } from "../runtime.ts";
import { addressLimit } from "./address-limit.ts";
import { joinedTables } from "./joined-tables.ts";
import { createLiveSeal } from "./live-seal.ts";
import type { ServerMetrics } from "./metrics.ts";
import { rateLimit } from "./rate-limit.ts";

/** A file costs next to nothing to read. */
const fileFreshMs = 2_000;
/** For a server that asks nothing of AWS: no signature of its own has this region. */
const noRegion = "us-east-1";

export type ServerParts = ReturnType<typeof createServerParts>;

/**
 * What the server's runtimes rest on, by its settings: the table, the secrets, and its own identity at AWS. The application and the
 * warmer, which have time limits of their own, share it.
 *
 * @throws Error that names the variable which is missing.
 * @example createRuntime(appTimeouts, createServerParts(options).runtimeParts(appTimeouts.callTimeoutMs))
 */
export function createServerParts(options: {
  config: Config;
  settings: ServerSettings;
  /** Absent: secrets are in Secrets Manager. */
  secretsFolder?: string | undefined;
  /** Where what is revoked is kept while the table is in memory; absent: nothing is. */
  revocationsFile?: string | undefined;
  metrics: ServerMetrics;
  write: (line: string) => void;
  askWarmer: AskWarmer;
}) {
  const { config, settings, secretsFolder, metrics, write, askWarmer } = options;
  const { table, stage = "", limits } = settings;
  const clock: Clock = { now: Date.now, sleep: (milliseconds) => sleep(milliseconds) };
  const meter = metrics.counting(createMeter(table ?? "keyvend", clock.now, write));
  const credentials = createChainCredentials({ clock });
  const needsAws = table !== undefined || secretsFolder === undefined || asksAws(config);
  const aws = needsAws ? awsOfServer(credentials) : undefined;
  const folder = secretsFolder === undefined ? undefined : createSecretFolder(secretsFolder, clock);

  const secret = (name: string) => () =>
    folder === undefined
      ? secretValue(known(aws).secretsManager, `keyvend-${stage}/${name}`)
      : folder.text(name);
  /** What is sealed in this process's memory, nobody else has to open. */
  const ownSealing = JSON.stringify({ current: "own", own: randomBytes(32).toString("base64") });
  const sealingSecret = table === undefined ? async () => ownSealing : secret("sealing-key");
  const clientKeysSecret = secret("client-keys");
  const seal = createLiveSeal(sealingSecret, clock, () => meter({}, { TamperedEntries: 1 }));
  const memory = createMemoryTables(clock, createRevocationFile(options.revocationsFile));

  const ofAddress = addressLimit(limits.requestsPerAddress, clock);
  const acceptedTokens = createAcceptedTokens();
  const ofPrincipal = rateLimit(limits.requestsPerPrincipal, clock);
  function admit({ issuer, subject }: { issuer: string; subject: string }): void {
    const retryAfterSeconds = ofPrincipal.take(JSON.stringify([issuer, subject]));
    if (retryAfterSeconds === undefined) return;
    metrics.count("limited", { limit: "principal" });
    throw new VendError("throttled", "This caller asks too often.", {
      retryAfterSeconds,
      cause: `${subject} of ${issuer}`,
    });
  }

  return {
    clock,
    seal,
    sealingSecret,
    clientKeysSecret,
    ofAddress,
    acceptedTokens,
    /** Refuses a configuration that this process cannot serve. */
    checkServable(next: Config): void {
      if (aws === undefined && asksAws(next))
        throw new Error("A storage without stsEndpoint needs AWS_REGION, which this process did not read.");
    },
    runtimeParts: (callTimeoutMs: number): RuntimeParts => ({
      config,
      region: aws?.region ?? noRegion,
      credentials,
      meter,
      clock,
      seal,
      tables:
        table === undefined
          ? memory
          : joinedTables(createTables(known(aws).dynamodb(callTimeoutMs), table, seal)),
      clientKeysSecret,
      ...(folder && { readVersion: folder.readVersion, freshMs: fileFreshMs }),
      admit,
      onStranger: ofAddress.refused,
      acceptedTokens,
      loadAskWarmer: async () => askWarmer,
    }),
  };
}

/** It is there whenever something of AWS is used. */
function known<T>(aws: T | undefined): T {
  if (aws === undefined) throw new Error("Nothing of AWS is used.");
  return aws;
}

/** Whether some storage's STS is AWS's own, in the server's region. */
function asksAws({ storages }: Config): boolean {
  return Array.from(storages.values()).some(
    (storage) => storage.issue !== "static" && isVending(storage) && storage.stsEndpoint === undefined,
  );
}
