import { partitionOf } from "../core/partition.ts";
import type { KeptStorage } from "../core/ways.ts";

/** Where STS is asked: the region that calls are signed for, and the endpoint, if it is not AWS's own in that region. */
interface StsPlace {
  region: string;
  endpoint?: string;
}

/** AWS's endpoints of STS, interface endpoints of a VPC and those for IPv6 included. */
const regional = /(?:^|\.)sts(?:-fips)?\.([a-z0-9-]+)\.(?:(?:vpce\.)?amazonaws\.com(?:\.cn)?|api\.aws)$/;

/**
 * Which STS issues for a storage. Unless its configuration names one, that is the function's own region's: the nearest,
 * certainly active, and good for a storage in any region of the partition. A named endpoint of AWS's takes signatures
 * for its own region alone, wherever the storage is.
 *
 * @example stsPlace({ region: "ap-southeast-2", partition: "aws" }, "eu-central-1") // { region: "eu-central-1" }
 */
export function stsPlace(
  { region, partition, stsEndpoint }: Pick<KeptStorage, "region" | "partition" | "stsEndpoint">,
  ownRegion: string,
): StsPlace {
  if (stsEndpoint === undefined) return { region: partitionOf(ownRegion) === partition ? ownRegion : region };
  return { region: regionOf(stsEndpoint) ?? region, endpoint: stsEndpoint };
}

function regionOf(stsEndpoint: string): string | undefined {
  const { hostname } = new URL(stsEndpoint);
  return hostname === "sts.amazonaws.com" ? "us-east-1" : regional.exec(hostname)?.[1];
}
