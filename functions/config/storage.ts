import type { Storage } from "../../shared/core/storage.ts";
import { parseTarget, type Target } from "../../shared/core/target.ts";
import { isAws, partitionOf, regionalEndpoint, tidyAddress } from "./address.ts";
import type { StorageEntry } from "./document.ts";
import type { Report } from "./faults.ts";

/** The longest vended duration, in seconds, where the configuration says nothing of it. */
export const usualMaxDurationSeconds = 3_600;

/**
 * Makes a storage of what is written, with everything derived: endpoint, partition, addressing style, limits.
 * `report` takes fields of this storage; `undefined` if there was anything to report.
 */
export function storageOf(name: string, entry: StorageEntry, report: Report): Storage | undefined {
  const faultless = [checkRegion, checkSts, checkRole, checkChaining].map((check) => check(entry, report));
  const place = placeOf(entry, report);
  if (place === undefined || faultless.includes(false)) return undefined;

  const { region = "us-east-1" } = entry;
  const endpoint = entry.endpoint === undefined ? regionalEndpoint(region) : tidyAddress(entry.endpoint);
  if (endpoint === undefined) return undefined;
  const { stsEndpoint } = { stsEndpoint: undefined, ...entry };
  return {
    maxDurationSeconds: usualMaxDurationSeconds,
    sessions: entry.issue === "web-identity" ? "per-principal" : "shared",
    ...entry,
    ...(stsEndpoint && { stsEndpoint: tidyAddress(stsEndpoint) }),
    ...place,
    name,
    region,
    endpoint,
    pathStyleAccess: entry.pathStyleAccess ?? !isAws(endpoint),
    // Other stores take AWS's own partition in their ARNs, whatever they call their regions.
    partition: isAws(stsEndpoint ?? endpoint) ? partitionOf(region) : "aws",
  };
}

function placeOf({ bucket }: StorageEntry, report: Report): Target | undefined {
  // Hadoop writes s3a:// for the same place.
  const target = parseTarget(`s3://${bucket.replace(/^s3a?:\/\//, "")}`);
  if (target.ok) return target.value;
  report(["bucket"], target.reason);
  return undefined;
}

/** Where AWS is meant, it must be clear which of its endpoints. */
function checkRegion({ endpoint, region }: StorageEntry, report: Report): boolean {
  if (endpoint !== undefined && !isAws(endpoint)) return true;
  if (region === undefined) {
    report(["region"], "is required on AWS");
    return false;
  }
  if (endpoint !== undefined || regionalEndpoint(region) !== undefined) return true;
  report(["region"], "is no AWS region whose endpoint keyvend knows: give the endpoint too");
  return false;
}

/** The key of another store is of no use to AWS's STS, and must not be shown to it either. */
function checkSts(entry: StorageEntry, report: Report): boolean {
  if (entry.issue === "none" || entry.issue === "static") return true;
  if (entry.endpoint === undefined || isAws(entry.endpoint) || entry.stsEndpoint !== undefined) return true;
  report(
    ["stsEndpoint"],
    "is required beside an endpoint that is not of AWS: the STS that belongs to this store",
  );
  return false;
}

function checkRole(entry: StorageEntry, report: Report): boolean {
  if (!("roleArn" in entry)) return true;
  const sts = entry.stsEndpoint ?? entry.endpoint;
  if (sts !== undefined && !isAws(sts)) return true;
  const role = /^arn:(?<partition>aws|aws-cn|aws-us-gov):iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/.exec(
    entry.roleArn,
  );
  const partition = role?.groups?.["partition"];
  if (partition === undefined)
    report(["roleArn"], "must be a role's ARN: arn:aws:iam::<account>:role/<name>");
  else if (entry.region !== undefined && partition !== partitionOf(entry.region))
    report(["roleArn"], "is of another partition than the region");
  else return true;
  return false;
}

/** Without a secret the function's own role asks, which only AWS knows, and for an hour at most. */
function checkChaining(entry: StorageEntry, report: Report): boolean {
  if (entry.issue !== "assume-role" || entry.secret !== undefined) return true;
  const foreign = entry.stsEndpoint !== undefined && !isAws(entry.stsEndpoint);
  const tooLong = (entry.maxDurationSeconds ?? 0) > 3_600;
  if (foreign)
    report(["secret"], "is required beside an STS that is not of AWS: it does not know the function's role");
  if (tooLong)
    report(
      ["maxDurationSeconds"],
      "must be at most 3600 without a secret: AWS caps role chaining at an hour",
    );
  return !foreign && !tooLong;
}
