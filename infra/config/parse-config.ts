import { compileConfig, mostConfigBytes } from "../../functions/config.ts";
import type { Config } from "../../shared/core/config.ts";
import { indexGrants } from "../../shared/core/grant-index.ts";
import { readApiTokens } from "./api-tokens.ts";
import { readAwsAccounts } from "./aws-accounts.ts";
import { readCaBundle } from "./ca-bundle.ts";
import { readClientKeys } from "./client-keys.ts";
import { corsOriginList } from "./document.ts";
import { ConfigError, listOfFaults, under } from "./faults.ts";
import { readGrants } from "./grants.ts";
import { readIssuers } from "./issuers.ts";
import { readMissLimits } from "./miss-limits.ts";
import { membersOf, readEntry, unknownKey } from "./read-entry.ts";
import { readServerSettings } from "./server-settings.ts";
import { readStorages } from "./storages.ts";
import { readStsRoles } from "./sts-roles.ts";
import { readWarmSettings } from "./warm-settings.ts";

const tooLarge = `must be at most ${mostConfigBytes / 1_000_000} MB after it is compiled, since each cold start reads it: use patterns and templates, so that one grant serves many callers`;

/**
 * Checks a configuration document, such as that of `infra/vending.yml`, and makes the configuration from it. Expiries
 * are compared with `now`, in epoch milliseconds.
 *
 * @throws ConfigError with every fault and its path. No document makes it throw anything else.
 * @example parseConfig(loadVendingYaml("infra/vending.yml").document).storages.get("lake")
 */
export function parseConfig(document: unknown, now = Date.now()): Config {
  const { faults, report } = listOfFaults();
  const {
    caBundle: caBundleText,
    issuers: issuerEntries,
    aws,
    apiTokens: apiTokenEntries,
    clientKeys: clientKeyEntries,
    storages: storageEntries,
    grants: grantEntries,
    stsRoleArns: stsRoleEntries,
    warm: warmEntry,
    misses: missesEntry,
    corsOrigins: corsOriginEntries,
    server: serverEntry,
    ...rest
  } = membersOf(document);
  for (const key of Object.keys(rest)) report([key], unknownKey);

  const caBundle = readCaBundle(caBundleText, under(report, "caBundle"));
  const issuers = readIssuers(issuerEntries, under(report, "issuers"));
  const awsAccounts = readAwsAccounts(aws, under(report, "aws"));
  const apiTokens = readApiTokens(apiTokenEntries, now, under(report, "apiTokens"));
  const storages = readStorages(storageEntries, under(report, "storages"));
  const warm = readWarmSettings(warmEntry, under(report, "warm"));
  const misses = readMissLimits(missesEntry, under(report, "misses"));
  const corsOrigins =
    corsOriginEntries === undefined
      ? undefined
      : readEntry(corsOriginList, corsOriginEntries, under(report, "corsOrigins"));
  readServerSettings(serverEntry, under(report, "server"));
  const declaredEntries = {
    issuers: {
      ...membersOf(issuerEntries),
      ...(aws !== undefined && { aws }),
      ...(apiTokenEntries !== undefined && { "api-token": apiTokenEntries }),
      ...(clientKeyEntries !== undefined && { "client-key": clientKeyEntries }),
    },
    storages: membersOf(storageEntries),
  };
  const clientKeys = readClientKeys(
    clientKeyEntries,
    now,
    { declared: declaredEntries.storages, checked: storages },
    under(report, "clientKeys"),
  );
  const grants = readGrants(grantEntries, declaredEntries, storages, under(report, "grants"));
  const stsRoles = readStsRoles(stsRoleEntries, declaredEntries.storages, under(report, "stsRoleArns"));

  if (faults.length > 0) throw new ConfigError(faults);
  const config = {
    ...{ issuers, awsAccounts, apiTokens, clientKeys, storages, grants: indexGrants(grants), stsRoles },
    ...{ warm, misses },
    ...(caBundle.length > 0 && { caBundle }),
    ...(corsOrigins && { corsOrigins }),
  };
  if (Buffer.byteLength(compileConfig(config)) > mostConfigBytes) report([], tooLarge);
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}
