import { awsDomainOf, partitionNamed, partitionOf } from "../core/partition.ts";
import type { KeptStorage } from "../core/ways.ts";

/** Where STS is asked. */
export interface StsPlace {
  /** The region that calls are signed for. */
  region: string;
  /** Absent where the SDK knows AWS's endpoint in that region. */
  endpoint?: string;
}

/** AWS's endpoints of STS in front of AWS's domain, including the interface endpoints of a VPC. */
const regional = /(?:^|\.)sts(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?$/;

/**
 * Which STS issues for a storage. Unless the storage names an endpoint, it is the STS of the service's own region: it is
 * the nearest, it is certainly active, and its sessions are good for a storage in any region of the partition. An endpoint
 * of AWS takes signatures for its own region only, wherever the storage is.
 *
 * @example stsPlace({ region: "ap-southeast-2", partition: "aws" }, "eu-central-1") // { region: "eu-central-1" }
 */
export function stsPlace(
  { region, partition, stsEndpoint }: Pick<KeptStorage, "region" | "partition" | "stsEndpoint">,
  ownRegion: string,
): StsPlace {
  if (stsEndpoint !== undefined) return { region: stsRegionOf(stsEndpoint) ?? region, endpoint: stsEndpoint };
  if (partitionOf(ownRegion)?.name === partition) return { region: ownRegion };
  if (partitionOf(region) !== undefined) return { region };
  // The SDK would take the region for one of the partition `aws`.
  const domain = partitionNamed(partition)?.domain;
  if (domain === undefined)
    throw new Error("A storage in a partition that is not known needs an stsEndpoint.");
  return { region, endpoint: `https://sts.${region}.${domain}` };
}

/**
 * The region of an STS of AWS, by its host; `undefined` for any other host.
 *
 * @example stsRegionOf("https://sts.eu-west-1.amazonaws.com") // "eu-west-1"
 */
export function stsRegionOf(stsEndpoint: string): string | undefined {
  const { hostname } = new URL(stsEndpoint);
  if (hostname === "sts.amazonaws.com") return "us-east-1";
  const domain = awsDomainOf(hostname);
  return domain === undefined ? undefined : regional.exec(hostname.slice(0, -domain.length))?.[1];
}
