import { dialectOf } from "../../shared/core/dialect.ts";
import { partitionNamed, partitionOf } from "../../shared/core/partition.ts";
import type { Storage, Way } from "../../shared/core/storage.ts";
import { parseTarget, type Target } from "../../shared/core/target.ts";
import { wayOf } from "../../shared/core/ways.ts";
import { isAws, tidyAddress } from "./address.ts";
import { partitionNameOf } from "./aws-rules.ts";
import { type StorageEntry, storageEntries, usualMaxDurationSeconds } from "./document.ts";
import type { Report } from "./faults.ts";
import { membersOf, readEntry, readNamed } from "./read-entry.ts";
import { checkRotations } from "./rotations.ts";
import { checkSharedSecrets } from "./shared-secrets.ts";
import { checkStorage } from "./storage-rules.ts";

/** Reads the section `storages`, and derives endpoint, partition, addressing style and limits. */
export function readStorages(section: unknown, report: Report): Map<string, Storage> {
  const storages = new Map<string, Storage>();
  for (const { name, value, reportEntry } of readNamed(section, 100, report)) {
    const entry = readWay(value, reportEntry);
    if (entry === undefined) continue;
    checkStorage(entry, reportEntry);
    const target = readBucket(entry.bucket, reportEntry);
    storages.set(name, storageOf(name, entry, target));
  }
  checkSharedSecrets([...storages.values()], report);
  checkRotations([...storages.values()], report);
  return storages;
}

function readWay(value: unknown, report: Report): StorageEntry | undefined {
  const ways = Object.keys(storageEntries) as Way[];
  const { issue } = membersOf(value);
  const way = ways.find((known) => known === issue);
  if (way !== undefined) return readEntry<StorageEntry>(storageEntries[way], value, report);
  report(["issue"], `must be ${ways.join(" or ")}`);
  return undefined;
}

function readBucket(bucket: string, report: Report): Target {
  // Hadoop's s3a:// names the same place.
  const target = parseTarget(`s3://${bucket.replace(/^s3a?:\/\//, "")}`);
  if (target.ok) return target.value;
  report(["bucket"], target.reason);
  return { bucket: "", prefix: "" };
}

function storageOf(name: string, entry: StorageEntry, target: Target): Storage {
  const region = entry.region ?? "us-east-1";
  const known = entry.partition === undefined ? partitionOf(region) : partitionNamed(entry.partition);
  // Where the domain is not known, the check demands the endpoint.
  const endpoint = tidyAddress(entry.endpoint ?? `https://s3.${region}.${known?.domain ?? "amazonaws.com"}`);
  const sts = "stsEndpoint" in entry ? { stsEndpoint: tidyAddress(entry.stsEndpoint) } : {};
  return {
    maxDurationSeconds: usualMaxDurationSeconds,
    sessions: wayOf(entry).needsCallersToken ? "per-principal" : "shared",
    ...entry,
    ...sts,
    ...target,
    name,
    region,
    endpoint,
    pathStyleAccess: entry.pathStyleAccess ?? !isAws(endpoint),
    dialect: dialectOf(entry.store, isAws(sts.stsEndpoint ?? endpoint)),
    // Where it is not known, the check has found a fault.
    partition: partitionNameOf(entry) ?? "aws",
  };
}
