/** Regions of the partitions `aws`, `aws-cn` and `aws-us-gov`; the isolated and sovereign ones have other domains. */
const knownRegion = /^(?:us-gov|[a-z]{2})-(?:north|south|east|west|central)+-\d$/;

/** The partition of a region's ARNs. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** The regional S3 endpoint of AWS, `undefined` for a region whose domain keyvend does not know. */
export function regionalEndpoint(region: string): string | undefined {
  if (!knownRegion.test(region)) return undefined;
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

/** Does the address belong to AWS, interface endpoints of a VPC included? */
export function isAws(endpoint: string): boolean {
  return /\.amazonaws\.com(?:\.cn)?$/.test(new URL(endpoint).hostname);
}

/** An address as it is used to build requests: normalised by `URL`, without a trailing slash. */
export function tidyAddress(address: string): string {
  return new URL(address).href.replace(/\/+$/, "");
}
