import { isLoopback } from "../../shared/net/loopback.ts";
import { isForeign } from "./address.ts";
import { checkBucketName, checkKeys, checkRegion, checkRole, checkSts } from "./aws-rules.ts";
import type { StorageEntry } from "./document.ts";
import type { Report } from "./faults.ts";

/** The rules that span several fields of one storage. */
export function checkStorage(entry: StorageEntry, report: Report): void {
  checkRegion(entry, report);
  checkStore(entry, report);
  checkBucketName(entry, report);
  if (entry.issue === "static" || entry.issue === "none") return;

  const foreignStore = isForeign(entry.endpoint);
  if (foreignStore && entry.stsEndpoint === undefined) {
    // The key of another store must not be sent to AWS, which could only refuse it.
    report(["stsEndpoint"], "is required with an endpoint outside AWS: give the STS of this store");
  }
  const foreignSts = isForeign(entry.stsEndpoint ?? entry.endpoint);
  if (entry.stsEndpoint !== undefined) checkSts(entry.stsEndpoint, entry, report);
  if ("roleArn" in entry && !foreignSts) checkRole(entry.roleArn, entry, report);
  if ("kmsKeyArn" in entry && !foreignStore) checkKeys(entry.kmsKeyArn ?? [], entry, report);
  if (entry.issue !== "assume-role") return;
  if (entry.sourceIdentity && entry.sessions !== "per-principal")
    report(
      ["sourceIdentity"],
      "needs sessions: per-principal, since a shared session belongs to no single caller",
    );
  if (entry.secret !== undefined) return;

  // A stand-in for AWS on this machine may know the function's own role.
  if (foreignSts && !isOnThisMachine(entry.stsEndpoint))
    report(["secret"], "is required: an STS outside AWS does not know the function's own role");
  if ((entry.maxDurationSeconds ?? 0) > 3_600) {
    report(
      ["maxDurationSeconds"],
      "must be at most 3600 without a secret: AWS caps role chaining at an hour",
    );
  }
}

/** The dialect of AWS is the most lenient. It must not be believed of another store, and that has no partitions. */
function checkStore(entry: StorageEntry, report: Report): void {
  const addresses = [entry.endpoint, "stsEndpoint" in entry ? entry.stsEndpoint : undefined];
  if (entry.store === "aws" && addresses.some(isForeign))
    report(["store"], "cannot be aws with an endpoint that is not AWS's: leave it out, or name the store");
  const { store, partition = "aws" } = entry;
  if ((store === "minio" || store === "ceph" || store === "seaweedfs") && partition !== "aws")
    report(["partition"], `can only be aws on ${store}, whose ARNs have no other: leave it out`);
}

function isOnThisMachine(address: string | undefined): boolean {
  return address !== undefined && isLoopback(new URL(address).hostname);
}
