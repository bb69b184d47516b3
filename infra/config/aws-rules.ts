import { stsRegionOf } from "../../shared/aws/sts-place.ts";
import { awsDomainOf, partitionNamed, partitionOf } from "../../shared/core/partition.ts";
import { isAws, isForeign } from "./address.ts";
import { listOf, type StorageEntry } from "./document.ts";
import type { Report } from "./faults.ts";

// What AWS alone demands of a storage. Other stores have regions, names and keys of their own.

/**
 * The partition in the ARNs of a storage, which is that of its bucket, wherever its STS is. Other stores have the partition
 * `aws`, whatever the names of their regions.
 */
export function partitionNameOf(entry: StorageEntry): string | undefined {
  const { partition, region = "", endpoint } = entry;
  if (partition !== undefined) return partition;
  if (!isForeign(endpoint)) return partitionOf(region)?.name;
  // What is in front of a bucket of AWS may have a name of its own.
  const isAwsSts = "stsEndpoint" in entry && entry.stsEndpoint !== undefined && isAws(entry.stsEndpoint);
  return (isAwsSts ? partitionOf(region)?.name : undefined) ?? "aws";
}

/** On AWS, everything follows from the region: the partition of all ARNs, and the endpoint's domain. */
export function checkRegion(entry: StorageEntry, report: Report): void {
  const { endpoint, region, partition } = entry;
  if (isForeign(endpoint)) return;
  if (region === undefined) {
    report(["region"], "is required on AWS");
    return;
  }
  const own = partitionOf(region);
  if (own === undefined && partition === undefined) {
    report(["region"], "is not an AWS region that is known here: give its partition, and the endpoint too");
  } else if (own !== undefined && partition !== undefined && partition !== own.name) {
    report(["partition"], "is not the partition of the region: leave it out");
  } else {
    checkEndpoint(region, own ?? partitionNamed(partition ?? ""), endpoint, report);
  }
}

function checkEndpoint(
  region: string,
  partition: ReturnType<typeof partitionNamed>,
  endpoint: string | undefined,
  report: Report,
): void {
  if (endpoint === undefined) {
    if (partition === undefined)
      report(["endpoint"], "is required in a partition whose domain is not known here");
    return;
  }
  const { hostname } = new URL(endpoint);
  const domain = awsDomainOf(hostname) ?? "";
  const ofEndpoint = regional.exec(hostname.slice(0, -domain.length))?.[1];
  if (partition === undefined)
    report(
      ["partition"],
      "is not known here, and the endpoint's domain is of another: give that of the endpoint",
    );
  else if (![partition.domain, partition.dualStackDomain].includes(domain))
    report(["endpoint"], "is in another partition than the region");
  else if (ofEndpoint !== undefined && ofEndpoint !== region)
    report(
      ["endpoint"],
      "is in another region than the bucket: leave it out, or give the endpoint of the region",
    );
}

/** AWS's endpoints of S3 in front of AWS's domain. Those of no region, such as `s3-accelerate` and `s3-external-1`, do not match. */
const regional = /(?:^|\.)s3(?:-fips)?[.-](?:dualstack\.)?([a-z]+(?:-[a-z]+)+-\d+)\.(?:vpce\.)?$/;

/** Names that S3 keeps for what is no bucket with objects under keys, or for another name of one. */
const reservedSuffixes: readonly [suffix: string, fault: string][] = [
  [
    "--x-s3",
    "is a directory bucket, whose requests these policies do not reach: use a general purpose bucket",
  ],
  [
    "--table-s3",
    "is a table bucket, whose requests these policies do not reach: use a general purpose bucket",
  ],
  [
    "-s3alias",
    "is the alias of an access point and no bucket: give the bucket behind it, which policies can name",
  ],
  ["--ol-s3", "is the alias of an Object Lambda access point and no bucket: give the bucket behind it"],
  [".mrap", "is the alias of a multi-region access point and no bucket: give a bucket behind it"],
];

/** Other stores know no reserved names. */
export function checkBucketName({ bucket, endpoint }: StorageEntry, report: Report): void {
  if (isForeign(endpoint)) return;
  const name = bucket.replace(/^s3a?:\/\//, "").split("/")[0] ?? "";
  const [, fault] = reservedSuffixes.find(([suffix]) => name.endsWith(suffix)) ?? [];
  if (fault !== undefined) report(["bucket"], fault);
}

/** S3 uses keys of the bucket's own region only. */
export function checkKeys(keys: string | string[], entry: StorageEntry, report: Report): void {
  const arns = listOf(keys);
  for (const [index, arn] of arns.entries()) {
    const [, partition, , region] = arn.split(":");
    const place = Array.isArray(keys) ? ["kmsKeyArn", index] : ["kmsKeyArn"];
    if (entry.region !== undefined && region !== entry.region)
      report(
        place,
        "is a key of another region than the bucket's, which S3 does not use: give a key of the storage's region",
      );
    else if (partition !== partitionNameOf(entry)) report(place, "is in another partition than the region");
    if (arns.indexOf(arn) < index) report(place, "stands there twice");
  }
}

/** Sessions of one partition are not valid in another. */
export function checkSts(stsEndpoint: string, entry: StorageEntry, report: Report): void {
  const partition = partitionNameOf(entry);
  if (partition === undefined || !isAws(stsEndpoint)) return;
  const { name, domain, dualStackDomain } = partitionNamed(partition) ?? {};
  const ofSts = partitionOf(stsRegionOf(stsEndpoint) ?? "")?.name;
  const isInDomain = [domain, dualStackDomain].includes(awsDomainOf(new URL(stsEndpoint).hostname));
  if (ofSts === undefined ? !isInDomain : ofSts !== name)
    report(
      ["stsEndpoint"],
      "is in another partition than the region, whose sessions are not valid there: leave it out, or give the STS of a region of the bucket's partition",
    );
}

export function checkRole(arn: string, entry: StorageEntry, report: Report): void {
  const partition = partitionNameOf(entry);
  const [, ofRole] = /^arn:(aws[a-z-]*):iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/.exec(arn) ?? [];
  if (ofRole === undefined) report(["roleArn"], "must be a role's ARN: arn:aws:iam::<account>:role/<name>");
  else if (partition !== undefined && ofRole !== partition)
    report(["roleArn"], "is in another partition than the region");
}
